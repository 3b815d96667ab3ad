// Every number that bounds the gate, with its unit in the name and its reason beside it. docs/reference/limits.md gets
// values from it. Import it as `limits`: a bundle then inlines the numbers that it uses and omits the others.

// ## Tokens

/** Nesting of all JSON. The least with which `JSON.parse` was seen to end a process of Node 26 is 6,200 levels. */
export const jsonDepth = 1_024;
/** Authorities with a name. Each new token is compared with the issuers of all of them. */
export const namedAuthorities = 8;
/** A token with 200 groups, the most that Entra puts in a JWT, has about 12 KiB. */
export const tokenBytes = 32 * 1024;
/** Entra's key IDs have 27 or 43 characters. The limit keeps the memory for invented ones small. */
export const kidCharacters = 128;
/** Entra nests claims two levels deep (`_claim_sources`). */
export const tokenJsonDepth = 8;
/** Continuous access evaluation issues tokens for up to 28 h. One hour is the margin. */
export const tokenLifetimeSeconds = 29 * 3600;
/** Microsoft's validators default to 300 s. A larger value extends the life of a stolen token. */
export const clockSkewSecondsMaximum = 300;
/** Clocks of synchronized machines differ by less than this. */
export const clockSkewSecondsDefault = 60;

// ## Signing keys

/**
 * RFC 7518 section 3.3 requires 2048 bits. Verification with more than 8192 bits would be slow enough for a denial of
 * service.
 */
export const keyBitsMinimum = 2048;
export const keyBitsMaximum = 8192;
/** One attempt at the authority, for discovery and keys together. It is long enough for another continent. */
export const keyFetchMilliseconds = 3_000;
/** Entra's key sets have about 10 KiB. */
export const keySetBytes = 512 * 1024;
export const keySetKeys = 1_000;
/** Keys that are tried for one token, if a set has several with one key ID and issuer. Entra's sets have none. */
export const signatureTries = 3;
/** Microsoft's advice for signing-key rollover: keep keys for a day and refresh them hourly in the background. */
export const keySetLifetimeMilliseconds = 24 * 3_600_000;
export const keySetRefreshMilliseconds = 3_600_000;
/** Shortens the refresh time by up to this share, so that isolates that started together do not refresh together. */
export const keySetRefreshJitter = 0.2;
/** Unknown key IDs cause at most one fetch in this time, so a flood of them does not become a flood of fetches. */
export const unknownKidCooldownMilliseconds = 30_000;
/** Unknown key IDs in memory, for all tenants together. They take about 1 MiB. */
export const unknownKids = 4_096;
/** During the cooldown, the gate looks this often for a key set that another isolate put in the data center's cache. */
export const edgeReadIntervalMilliseconds = 1_000;
/** The Cache API answers in a few milliseconds. The gate treats a slower cache as missing. */
export const edgeReadMilliseconds = 500;
/** A request that waits for a key asks the authority too after this time without an answer of the cache. */
export const edgeHeadStartMilliseconds = 30;
/**
 * The wait after the first failed fetch. It doubles up to the maximum. The jitter shortens or lengthens each wait by up
 * to its share.
 */
export const keyBackoffMilliseconds = 15_000;
export const keyBackoffMillisecondsMaximum = 60_000;
export const keyBackoffJitter = 0.2;
/** The longest `Retry-After` of the authority that the gate follows. */
export const keyRetryAfterMilliseconds = 300_000;
/** A lease lasts a little longer than its fetch. Then another request may take it over. */
export const keyLeaseMilliseconds = 4_000;
/** A request that waits for another request's fetch checks its result this often. */
export const keyPollMilliseconds = 15;
/** The longest that a request waits for keys. Then it gets 503. */
export const keyWaitMilliseconds = 9_000;
/**
 * A scheduled run may make 1,000 subrequests. A cold key set takes four: cache, discovery, keys, cache. Several
 * authorities share the number.
 */
export const warmedKeySets = 200;
/**
 * Different signing keys in memory, for all tenants together. When the number is reached, the gate imports them again.
 */
export const importedKeys = 256;
/**
 * Different key documents whose keys tenants share in memory. When the number is reached, the gate forgets which
 * documents are equal.
 */
export const sharedKeySets = 64;
/**
 * Key sets in memory, one for each tenant and token version, for about as many tenants as known tokens. Entra's take
 * about 9 MB.
 */
export const keySets = 10_000;
/** Key sets that the health page lists, because anyone may call it. Those with failures come first. */
export const healthKeySets = 100;

/**
 * Fetches for all unseen tenants together: those that the configuration does not name and from which the gate has
 * verified no token. A cold gate in a cold data center accepts 300 tenants in 200 s. A caller that invents tenants
 * causes one fetch a second.
 */
export const unseenTenantFetches = 100;
export const unseenTenantFetchMilliseconds = 1_000;
/** Unseen tenants in memory: those with a fetch, and those that wait for one. Entra's key sets take about 5 MB. */
export const unseenTenants = 512;
/**
 * How long, and for how many tenants, the gate remembers that Entra does not have the tenant. They take about 1 MiB.
 */
export const unknownTenantMilliseconds = 300_000;
export const unknownTenants = 4_096;
/** Entra's error responses have about 1 KiB. */
export const authorityErrorBytes = 16 * 1024;

// ## Known tokens

/**
 * Known tokens, by number and by memory: about 12,000 without groups, or 1,900 with 200.
 * docs/explanation/speed.md#what-grows says why.
 */
export const verifiedTokens = 16_384;
export const verifiedTokenBytes = 24 * 1024 * 1024;
/**
 * Lists of scopes and roles, tenants and clients that many known tokens have; part of the memory of the known tokens.
 */
export const sharedValueBytes = 1024 * 1024;
/**
 * Identity headers for the origin, kept beside the known tokens. When the memory is full, the gate creates them again.
 */
export const identityCacheBytes = 8 * 1024 * 1024;
/**
 * Decoded headers of known tokens, one for each signing key of all tenants. When the number is reached, the gate
 * forgets all of them.
 */
export const knownHeaders = 256;
/**
 * Of the header of a token, encoded. Those of Entra are shorter. V8 keeps a text that was looked for until the next
 * major collection, so the gate looks for no longer ones among the known headers.
 */
export const knownHeaderCharacters = 1_024;

// ## Groups from Microsoft Graph

/**
 * How long a user who left a group may still pass: from the question to Microsoft Graph, in memory and in TOKEN_CACHE
 * together.
 */
export const groupListMilliseconds = 300_000;
/**
 * Lists of groups in memory: about 8 MB if each user is in up to ten named groups. The gate drops the longest unasked
 * first.
 */
export const groupLists = 16_384;
/** Pages of 999 memberships: about 12,000 groups. getMemberGroups of Microsoft Graph returns up to 11,000. */
export const groupPages = 12;
/** A page of 999 memberships with types and IDs has about 120 KiB, and a list of 11,000 IDs 430. */
export const groupPageBytes = 512 * 1024;
/** All pages of a list together: as long as Entra has for a token, `downstreamAcquireMilliseconds`. */
export const groupReadMilliseconds = 8_000;
/** After this time, another request may ask: longer than an exchange of a token and all pages. */
export const groupLeaseMilliseconds = 30_000;
/** A request that waits for another request's list checks its result this often. */
export const groupPollMilliseconds = 15;
/** The longest that a request waits for a list: longer than a token and all pages may take. Then it gets 503. */
export const groupWaitMilliseconds = 20_000;
/** How long Microsoft Graph is not asked again after a failure, so that a burst of requests causes one question. */
export const graphFailureMilliseconds = 5_000;
/**
 * The same for all users of a tenant after 429 without `Retry-After`, as for Entra (`downstreamThrottledMilliseconds`).
 */
export const graphThrottledMilliseconds = 30_000;
/** How long the gate keeps the host of Microsoft Graph that the metadata of a tenant names: as long as keys. */
export const graphHostMilliseconds = 86_400_000;
/**
 * Hosts in memory, one for each tenant, and tenants whose failure all their users share. A gate with more tenants
 * forgets all.
 */
export const graphHosts = 1_024;

// ## Policy

/** Groups in one list of a requirement. In place of more, assign one app role to the groups. */
export const groupsPerList = 100;
/** Alternatives of an operation in an OpenAPI document: as many as `compile` reads. */
export const operationAlternatives = 200;

/** As long as the longest window of the binding RATE_LIMITER. */
export const failureBlockMilliseconds = 60_000;
/** Blocked addresses in memory, about 512 KiB. The gate drops the oldest first. */
export const blockedAddresses = 4_096;

/** A callback such as `isTenantAllowed` has time for a database query. */
export const callbackMilliseconds = 3_000;

// ## Revoked callers

/** A time from here on is in milliseconds: as seconds, it is in the year 5138, and as milliseconds, in 1973. */
export const secondsMaximum = 100_000_000_000;

/** The document of the option `revocations`. A list of 10,000 clients with a reason each has about this size. */
export const revocationsBytes = 1024 * 1024;
/** Rules in it. Compiled, they take about 3 MB in an isolate of 128 MB. */
export const revocationRules = 10_000;
/** Nesting of the document: an object, its list, and the rules. */
export const revocationsJsonDepth = 3;
/** Why a rule exists, in one line of the log. */
export const revocationReasonCharacters = 200;
/** Length of a claim `sid` or `uti` in a rule. Entra's have 36 and 22. */
export const revocationIdCharacters = 128;
/** How long Cloudflare keeps the document in a data center: the least that KV accepts. */
export const revocationsCacheSeconds = 30;
/** A list of this age is read again in the background. Earlier, KV would answer from its cache. */
export const revocationsRefreshMilliseconds = 30_000;
/**
 * A request waits for a list of this age to be read again, so that an isolate that was idle does not use an old one.
 */
export const revocationsStaleMilliseconds = 60_000;
/** How long a request waits for the list, and how long reading it may take. KV answers in hundreds of milliseconds. */
export const revocationsWaitMilliseconds = 2_000;
/** A lease lasts a little longer than the reading. Then another request may take it over. */
export const revocationsLeaseMilliseconds = 2_500;
/** A request that waits while another one reads the list checks this often. */
export const revocationsPollMilliseconds = 15;
/** The wait after a failed reading. Meanwhile, no request waits for KV. */
export const revocationsRetryMilliseconds = 5_000;
/** How often the gate looks up the caller of an open WebSocket, as often as the list changes. */
export const revocationWatchMilliseconds = 30_000;

// ## Bodies and paths

/** The gate reads a declared body into an isolate of 128 MB that serves other requests at the same time. */
export const bodyBytes = 1024 * 1024;
/** The longest pause in a declared body, and the time before its average counts. Slow networks pause for less. */
export const bodyIdleMilliseconds = 15_000;
/** The lowest average of a declared body. The slowest mobile networks are faster. */
export const bodyBytesPerSecond = 1024;
/** Declared bodies in an isolate of 128 MB at one time, until they are validated or the origin has answered. */
export const bufferedBodyBytes = 32 * 1024 * 1024;
/** The first buffer of a declared body. Most JSON bodies need no second one. */
export const bodyBufferBytes = 4 * 1024;
/**
 * After this time without a byte, the memory of a body counts as free, because its request has ended. One second is the
 * margin.
 */
export const bodyShareMilliseconds = 16_000;
/** After this time, the gate has given up stalled bodies. */
export const bodyRetryAfterSeconds = 16;
/** Names and array items in a JSON or form body. A validator took 1.5 s for 260,000 wrong items. */
export const bodyNames = 10_000;
/** Pairs of a query or a form on a route with `origin()`. Node, qs and PHP ignore further pairs. */
export const originPairs = 1_000;
/** A `Content-Type`. The boundary of a form has at most 70 of them. */
export const mediaTypeCharacters = 1_024;
/** Headers of a field in a form. Django ignores a part with more. */
export const fieldHeaderBytes = 1024;
/**
 * Headers of a file in a form. PHP splits a line at 5 KiB and reads the rest as the next line. .NET may need 3.5 KiB
 * for a file name.
 */
export const fileHeaderBytes = 4 * 1024;
/** Nesting of a JSON body. Code that reads it later may be recursive. */
export const bodyJsonDepth = 32;
/** The highest `jsonMaxDepth`, below `jsonDepth`. */
export const bodyJsonDepthMaximum = 1_000;
/**
 * All readings of one path together, for example 16 of 500 characters. They cost about 2 ms, and any caller can request
 * them.
 */
export const pathReadingCharacters = 8 * 1024;
/** Faults in one 422 response, and characters of each. A caller needs a page, not the whole schema. */
export const validationFaults = 50;
export const validationFaultCharacters = 300;

// ## Hooks

/** How long browsers use only HTTPS (`hsts` of `secureHeaders`): half a year. */
export const hstsSeconds = 180 * 86_400;
/** The longest `timeout`. Longer work belongs in a queue. */
export const handlerMillisecondsMaximum = 600_000;
/** Callers that one `rateLimit` counts in one isolate, about 2 MB. Further callers share one allowance. */
export const rateLimitCallers = 10_000;
/** The longest window of a `rateLimit`. Isolates live for hours at most. */
export const rateLimitWindowMillisecondsMaximum = 3_600_000;
/** Characters of a custom `key` that a `rateLimit` keeps in memory. */
export const rateLimitKeyCharacters = 256;

// ## Headers to the origin

/** Names and values of all headers of a request that Node accepts. Other servers accept as much or more. */
export const originHeaderBytes = 16 * 1024;
/** The client's own part of them, without its token. Browsers send less. */
export const clientHeaderBytes = 2_048;
/** The least that the gate may add: what a token with 200 groups leaves, which has 12 KiB. */
export const addedHeaderBytesMinimum = 2_048;
/** The most that the gate adds, beside a token of up to 10 KiB. A user with 40 groups fits. */
export const addedHeaderBytesMaximum = 4_096;

// ## Keys and assertions of the gate

/** A cached assertion is reused for this long. A stolen one is valid for `originAssertionSeconds` in any case. */
export const originAssertionReuseSeconds = 10;
/** Life of an assertion. The origin gets it at once, and its clock may differ by 30 s. */
export const originAssertionSeconds = 60;
/** Cached assertions of all callers, about 1.5 KB each. When the memory is full, the gate signs again. */
export const originAssertionCacheBytes = 4 * 1024 * 1024;
/** A signing key in a Secrets Store is read again after this time, for as long as caches keep the public keys. */
export const storedKeyMilliseconds = 300_000;
/** The same after a failure. */
export const storedKeyRetryMilliseconds = 10_000;
/** A lease lasts a little longer than the reading. Then another request may take it over. */
export const storedKeyLeaseMilliseconds = 4_000;
/**
 * Caches keep the documents of the gate's issuers for this long. A new key is published a day ahead, so more would be
 * possible.
 */
export const issuerDocumentSeconds = 300;
/**
 * Difference of the clocks of a gate and its origin that `entra-gate/origin` accepts. Synchronized clocks differ by
 * less.
 */
export const assertionLeewaySeconds = 30;
/** An origin renews the keys of its gate in the background after this time, as long as caches keep them. */
export const assertionKeyRefreshMilliseconds = 300_000;
/** After this time without a renewal, a request waits for one, so that a withdrawn key is gone. */
export const assertionKeyStaleMilliseconds = 3_600_000;
/** After this time without a renewal, an origin refuses every request. The gate keeps the keys of Entra for as long. */
export const assertionKeyLifetimeMilliseconds = 24 * 3_600_000;
/** The wait of an origin after a failed fetch. The gate may be starting. */
export const assertionKeyRetryMilliseconds = 5_000;
/** Keys of a gate that an origin reads. A gate has at most two. */
export const assertionKeys = 20;

// ## Forwarding

/**
 * From the last byte of the request to the first byte of the answer. The gate does not limit how long a body streams.
 */
export const originMilliseconds = 30_000;
/**
 * Reads of an upload under the deadline. An origin that cannot be connected to takes at most three pieces of a body.
 */
export const watchedUploadReads = 4;
/** The same outside Workers: Deno takes up to 1,024 pieces before it is connected. */
export const watchedUploadReadsElsewhere = 2_048;
/**
 * From the end of a broken upload to the abort of the origin's request. A lost origin ends that request within 1 ms or
 * so.
 */
export const brokenUploadMilliseconds = 50;

// ## Log

/** Characters of another library's error message in the log: a sentence, not a stack. */
export const causeCharacters = 200;

/**
 * Characters of each text in a log line, and items of each list: those of the longest claims request, and two lists of
 * groups.
 */
export const logCharacters = 2_048;
export const logItems = 200;

// ## Tokens for other APIs

/** Tokens for other APIs in an isolate: about 3 KB each, 6 MB together. */
export const downstreamTokens = 2_048;
/** Microsoft's libraries renew five minutes before expiry. So does the gate, in the background. */
export const downstreamRenewalSeconds = 300;
/** A token with less time left may expire while the other API handles the request. */
export const downstreamMarginSeconds = 30;
/** From reading the credential to Entra's answer. Entra rarely takes longer than a second. */
export const downstreamAcquireMilliseconds = 8_000;
/** A lease lasts a little longer than its acquisition. Then another request may take it over. */
export const downstreamLeaseMilliseconds = 9_000;
/** A request that waits for another request's acquisition checks its result this often. */
export const downstreamPollMilliseconds = 15;
/** The longest that a request waits for a token. Then it gets 503. */
export const downstreamWaitMilliseconds = 10_000;
/**
 * How long the gate caches a refusal. A burst of a user's requests causes one request to Entra, and new consent soon
 * takes effect.
 */
export const downstreamFailureMilliseconds = 5_000;
/** After a throttling response without `Retry-After`. */
export const downstreamThrottledMilliseconds = 30_000;
/** An access token, an ID token and a refresh token, each with at most `tokenBytes`. */
export const downstreamAnswerBytes = 131_072;
/** A claims request names only a few claims. */
export const downstreamClaimsCharacters = 2_048;
/**
 * KV answers in tens of milliseconds, or in hundreds from a distant store. The gate treats a slower entry as missing.
 */
export const tokenCacheReadMilliseconds = 1_000;
/** KV rejects a shorter lifetime. */
export const tokenCacheSecondsMinimum = 60;
/** Microsoft recommends 5 to 10 minutes for client assertions. */
export const clientAssertionSeconds = 300;
/**
 * The wait before the one retry of a federated credential that Entra does not find, within
 * `downstreamAcquireMilliseconds`.
 */
export const federationRetryMilliseconds = 1_500;
/** For this time, the gate tries a credential that Entra refused after the others. */
export const credentialRetryMilliseconds = 60_000;
/** Redirects to the same host that `downstreamFetch` follows. */
export const downstreamRedirects = 5;

// ## Facade

/**
 * Sign-ins and registrations at a facade from one address. A sign-in takes two, so 60 people behind one address can
 * sign in at once.
 */
export const facadeRequests = 120;
/** Token requests from one address: those of 200 people with five clients each, which refresh at the same time. */
export const facadeExchanges = 1_000;
/**
 * Token requests from one address that Entra refuses, where RATE_LIMITER is not bound. Grants are too long to guess.
 */
export const facadeFailures = 120;
/** The window in which those are counted, as the binding RATE_LIMITER counts. */
export const facadeWindowMilliseconds = 60_000;
/** Length of each parameter of a sign-in. Redirect URIs, states and scopes have some hundred characters. */
export const facadeParameterCharacters = 4 * 1024;
/** Length of a client ID that is the address of a metadata document. Those of well-known clients have about 60. */
export const facadeClientIdCharacters = 2 * 1024;
/** Length of each parameter of a token request. Codes and refresh tokens of Entra are about 2 KiB. */
export const facadeTokenCharacters = 12 * 1024;
/** Body of a token request or of a registration. */
export const facadeBodyBytes = 16 * 1024;
/** Names and items in a registration. Clients send about 20. */
export const facadeNames = 200;
/** Nesting of a registration, whose deepest member is a key set. */
export const facadeJsonDepth = 8;
/**
 * Redirect URI and state of a sign-in, and a registration, each of which is sealed into a URL. Clients send about 100
 * bytes.
 */
export const facadeSealedBytes = 1_024;
/** Sealed state in the URL of Entra's sign-in page, with a redirect URI and a state of the greatest length. */
export const facadeStateCharacters = 4 * 1024;
/** Code for a client. A code of Entra has about 2 KB, which become 3 KiB. */
export const facadeCodeCharacters = 4 * 1024;
/**
 * Time from the page for consent to the click, and from there to the callback: the ten minutes of a code (RFC 6749
 * section 4.1.2).
 */
export const facadeSignInMilliseconds = 600_000;
/** Sign-ins of one browser at the same time. Each has a cookie of 130 bytes. */
export const facadeTabs = 5;
/** Name of a client on the page for consent, in characters. Longer ones are cut. */
export const facadeNameCharacters = 60;
/** Descriptions of one scope on the page for consent. */
export const facadeScopeWords = 5;
/** Client metadata document (the draft recommends 5 KiB). */
export const facadeDocumentBytes = 5 * 1024;
/** How long a facade waits for a client metadata document. The user is waiting for a page. */
export const facadeDocumentMilliseconds = 5_000;
/** Client metadata documents that one isolate fetches in a minute for one address. A sign-in takes one at most. */
export const facadeDocumentsOfAddress = 60;
/**
 * Client metadata documents that one isolate fetches in a minute, whoever asks. One address alone cannot use them up.
 */
export const facadeDocuments = 300;
/** Client metadata documents in memory, about 2 KiB each. */
export const facadeDocumentsKept = 200;
/** Longest time for which a client metadata document is kept. */
export const facadeDocumentKeptMilliseconds = 86_400_000;
/** How long a facade waits for Entra, which answers in tenths of a second. */
export const facadeMilliseconds = 10_000;

// ## MCP servers

/** Decrypted session IDs in an isolate, about 500 bytes each. When the memory is full, the gate decrypts them again. */
export const mcpSessions = 4_096;
/** Nesting of a tool's arguments. Most servers refuse deeper JSON themselves. */
export const mcpArgumentDepth = 256;
/** Names and array items in the arguments of tools in one body. Parsed, 25,000 small objects take 1.6 MB. */
export const mcpArgumentNames = 25_000;
/** Of the address of a resource of an MCP server. Servers list far shorter ones. */
export const mcpUriCharacters = 2_048;
/** All readings of one address together: the longest address and three cuts. They cost up to 3 ms. */
export const mcpUriReadingCharacters = 8 * 1024;
/** One page of a list of tools. The gate reads it whole to remove what its caller may not call. */
export const mcpListBytes = 4 * 1024 * 1024;
/** One event in a stream of an MCP server with a policy by name. A file of 6 MiB in base64 fits. */
export const mcpEventCharacters = 8 * 1024 * 1024;

// ## Traces

/** Of `traceparent`. Version 00 has 55, and later versions may add members. */
export const traceParentCharacters = 256;
/** Of `tracestate`: what W3C Trace Context asks everyone to pass on. */
export const traceStateCharacters = 512;
/** Members of `tracestate` (W3C Trace Context, section 3.3.1.1). */
export const traceStateMembers = 32;
