// A server that answers only requests of the gate.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	leeway   = 30 * time.Second
	pause    = 10 * time.Second // between two fetches of the keys
	refresh  = 5 * time.Minute
	lifetime = 24 * time.Hour
)

var (
	issuer   = setting("ISSUER")
	audience = setting("AUDIENCE")
	keys     keySet
	parser   = jwt.NewParser(
		jwt.WithValidMethods([]string{"ES256"}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
	)

	errKeysUnavailable = errors.New("the keys of the gate are too old, or were never fetched")
)

// setting reads a variable. The library does not check an empty issuer or audience.
func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is not set", name)
	}
	return value
}

// claims describe the caller, and the one request that they are for. Both times must be whole numbers.
type claims struct {
	jwt.RegisteredClaims
	IssuedAt  *int64   `json:"iat"`
	ExpiresAt *int64   `json:"exp"`
	Kind      string   `json:"kind"`
	Tenant    string   `json:"tid"`
	Client    string   `json:"azp"`
	Scopes    string   `json:"scp"`
	Roles     []string `json:"roles"`
	Method    string   `json:"method"`
	Target    string   `json:"target"`
}

func (c *claims) GetIssuedAt() (*jwt.NumericDate, error)       { return toDate(c.IssuedAt), nil }
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return toDate(c.ExpiresAt), nil }

func toDate(seconds *int64) *jwt.NumericDate {
	if seconds == nil {
		return nil
	}
	return jwt.NewNumericDate(time.Unix(*seconds, 0))
}

// keySet has the public keys of the gate. A failed fetch keeps the last good ones.
type keySet struct {
	mu        sync.Mutex // guards keys and fetchedAt
	keys      map[string]*ecdsa.PublicKey
	fetchedAt time.Time

	fetching sync.Mutex // guards triedAt, and is held during a fetch
	triedAt  time.Time
}

func (s *keySet) find(kid string) (*ecdsa.PublicKey, error) {
	key, age := s.get(kid)
	if key == nil {
		s.fetching.Lock()
		s.renew()
		s.fetching.Unlock()
	} else if age > refresh && s.fetching.TryLock() {
		s.renew()
		s.fetching.Unlock()
	}
	key, age = s.get(kid)
	if age > lifetime {
		return nil, errKeysUnavailable
	}
	if key == nil {
		return nil, errors.New("unknown kid")
	}
	return key, nil
}

func (s *keySet) get(kid string) (*ecdsa.PublicKey, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[kid], time.Since(s.fetchedAt)
}

func (s *keySet) renew() {
	if time.Since(s.triedAt) < pause {
		return
	}
	s.triedAt = time.Now()
	found, err := fetchKeys()
	if err != nil {
		log.Printf("The keys of the gate cannot be fetched: %v", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.fetchedAt = found, time.Now()
}

func fetchKeys() (map[string]*ecdsa.PublicKey, error) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(issuer + "/jwks.json")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	var document struct {
		Keys []struct{ Kid, Kty, Crv, X, Y string }
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 65_536)).Decode(&document); err != nil {
		return nil, err
	}
	found := map[string]*ecdsa.PublicKey{}
	for _, member := range document.Keys {
		x, errX := base64.RawURLEncoding.DecodeString(member.X)
		y, errY := base64.RawURLEncoding.DecodeString(member.Y)
		if member.Kty != "EC" || member.Crv != "P-256" || errX != nil || errY != nil {
			continue
		}
		key := &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
		// It fails if the point is not on the curve.
		if _, err := key.ECDH(); err == nil {
			found[member.Kid] = key
		}
	}
	if len(found) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return found, nil
}

// verify returns the claims of the assertion, which must be for exactly this request.
func verify(r *http.Request) (*claims, error) {
	assertions := r.Header.Values("X-Entra-Assertion")
	if len(assertions) != 1 {
		return nil, errors.New("no assertion, or more than one")
	}
	c := &claims{}
	_, err := parser.ParseWithClaims(assertions[0], c, func(token *jwt.Token) (any, error) {
		if token.Header["typ"] != "entra-gate+jwt" || len(token.Header) != 3 {
			return nil, errors.New("another header")
		}
		kid, _ := token.Header["kid"].(string)
		return keys.find(kid)
	})
	if err != nil {
		return nil, err
	}
	if c.IssuedAt == nil || len(c.Audience) != 1 {
		return nil, errors.New("no time of issue, or several audiences")
	}
	if c.Method != r.Method {
		return nil, errors.New("another method")
	}
	// RequestURI has the path and the query as they were received.
	target, query, _ := strings.Cut(r.RequestURI, "?")
	if query != "" {
		target = r.RequestURI
	}
	digest := sha256.Sum256([]byte(target))
	if c.Target != base64.RawURLEncoding.EncodeToString(digest[:]) {
		return nil, errors.New("another target")
	}
	return c, nil
}

var (
	separator = regexp.MustCompile(`[^a-z0-9]`)
	identity  = regexp.MustCompile(`^x-(entra-|ms-client-principal|ms-token-)`)
)

// callerKey is the key of the claims in the context of a request.
type callerKey struct{}

// gateOnly verifies each request, and removes all other headers that describe the caller.
func gateOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := verify(r)
		if err != nil {
			log.Printf("The request has no valid assertion of the gate: %v", err)
			status := http.StatusUnauthorized
			if errors.Is(err, errKeysUnavailable) {
				status = http.StatusServiceUnavailable
			}
			w.WriteHeader(status)
			return
		}
		for name := range r.Header {
			if identity.MatchString(separator.ReplaceAllString(strings.ToLower(name), "-")) {
				delete(r.Header, name)
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, caller)))
	})
}

// show answers with what your handlers get: replace it with them.
func show(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"caller": r.Context().Value(callerKey{}), "headers": r.Header})
}

func main() {
	listener, err := net.Listen("tcp", setting("ADDRESS"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, gateOnly(http.HandlerFunc(show))))
}
