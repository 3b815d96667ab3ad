// Every number that bounds the gate, with its unit in the name and its reason beside it. Imported as `limits`: so a bundle has
// only those that it uses, in place.

/** A token with 200 groups, the most that Entra puts into a JWT, is about 12 KiB. */
export const tokenBytes = 32 * 1024;
/** Entra's kids are 27 or 43 characters; the bound keeps invented ones cheap to remember. */
export const kidCharacters = 128;
/** Entra nests claims two deep (`_claim_sources`); deeper JSON is somebody's experiment. */
export const tokenJsonDepth = 8;
/** Continuous access evaluation issues tokens for up to 28 h; one hour of margin. */
export const tokenLifetimeSeconds = 29 * 3600;
/** Microsoft's validators default to 300 s; more only helps stolen tokens. */
export const clockSkewSecondsMaximum = 300;
/** Clocks of synchronized machines differ by less. */
export const clockSkewSecondsDefault = 60;

/** RFC 7518 section 3.3 asks for 2048 bits; above 8192 a verification is a denial of service. */
export const keyBitsMinimum = 2048;
export const keyBitsMaximum = 8192;
/** One attempt at the authority, discovery and keys together: long enough for another continent. */
export const keyFetchMilliseconds = 3_000;
/** Entra's sets are about 10 KiB. */
export const keySetBytes = 512 * 1024;
export const keySetKeys = 1_000;
/** Microsoft's advice for signing-key rollover: keep a day, refresh hourly in the background. */
export const keySetLifetimeMilliseconds = 24 * 3_600_000;
export const keySetRefreshMilliseconds = 3_600_000;
/** Isolates that started together must not refresh together: the hour is shortened by up to this share. */
export const keySetRefreshJitter = 0.2;
/** Unknown kids cause at most one fetch in this time, so a flood of them is not a flood of fetches. */
export const unknownKidCooldownMilliseconds = 30_000;
/** Remembered unknown kids, all tenants together: about 1 MiB. */
export const unknownKids = 4_096;
/** During an unknown-kid cooldown, how often the data centre's cache is asked for a set that another isolate fetched. */
export const edgeReadIntervalMilliseconds = 1_000;
/** The Cache API answers in single milliseconds; past this it counts as missing. */
export const edgeReadMilliseconds = 500;
/** First wait after a failed fetch; doubles up to the maximum, each shortened or lengthened by the jitter. */
export const keyBackoffMilliseconds = 15_000;
export const keyBackoffMillisecondsMaximum = 60_000;
export const keyBackoffJitter = 0.2;
/** A `Retry-After` of the authority is respected up to here. */
export const keyRetryAfterMilliseconds = 300_000;
/** A lease outlives the fetch that it stands for by a little; then another request may take it. */
export const keyLeaseMilliseconds = 4_000;
/** How often a request that waits for another's fetch looks whether it has settled. */
export const keyPollMilliseconds = 15;
/** The longest that a request waits for keys; then 503. */
export const keyWaitMilliseconds = 9_000;
/** A scheduled run may make 1,000 subrequests; a cold set takes four: cache, discovery, keys, cache. */
export const warmedKeySets = 200;
/** Key sets held in memory, one for each tenant and token version: some 20 MB of Entra's. */
export const keySets = 2_000;

/**
 * Fetches for tenants that the configuration does not name and of which no token was ever verified, all together: a cold
 * gate in a cold data centre takes in 300 tenants in 200 s, and whoever invents tenants costs Entra one fetch a second.
 */
export const unseenTenantFetches = 100;
export const unseenTenantFetchMilliseconds = 1_000;
/** Such tenants in memory: as many as are fetched for at once, and those who wait. Some 5 MB of Entra's key sets. */
export const unseenTenants = 512;
/** How long a tenant that Entra does not have is not asked for again, and how many of them are remembered: about 1 MiB. */
export const unknownTenantMilliseconds = 300_000;
export const unknownTenants = 4_096;
/** Entra's error answers are about 1 KiB. */
export const authorityErrorBytes = 16 * 1024;

/**
 * Verified tokens remembered in an isolate of 128 MB, by number and by what they keep there: 10,000 of users without groups,
 * 1,000 of users with 200. `node bench/kept.ts` measures it.
 */
export const verifiedTokens = 16_384;
export const verifiedTokenBytes = 24 * 1024 * 1024;
/** Headers that tell the origin who calls, remembered beside the tokens. When it is full, they are made anew. */
export const identityCacheBytes = 8 * 1024 * 1024;

/** Decoded headers of verified tokens: one for each key that signs, of all tenants. Past that they are forgotten. */
export const knownHeaders = 256;

/** As long as the longest window in which the binding RATE_LIMITER counts. */
export const failureBlockMilliseconds = 60_000;
/** Addresses remembered for that long, about 512 KiB; the oldest goes first. */
export const blockedAddresses = 4_096;

/** A callback of the caller's code: a database look-up, not a wait. */
export const callbackMilliseconds = 3_000;

/** A declared body is read whole into an isolate of 128 MB, which serves others meanwhile. */
export const bodyBytes = 1024 * 1024;
/** Without a byte of a declared body; and its first time in which its average does not count. A slow network pauses for less. */
export const bodyIdleMilliseconds = 15_000;
/** Average of a declared body. The slowest mobile networks are faster. */
export const bodyBytesPerSecond = 1024;
/** Declared bodies that an isolate of 128 MB holds at once, until they are validated, or an origin has answered. */
export const bufferedBodyBytes = 32 * 1024 * 1024;
/** First buffer of a declared body: the usual JSON needs no second one. */
export const bodyBufferBytes = 4 * 1024;
/** A share of those bytes whose body is silent for longer belongs to a request that ended: one second of margin. */
export const bodyShareMilliseconds = 16_000;
/** By then, bodies that stand still have been given up. */
export const bodyRetryAfterSeconds = 16;
/** Names in a JSON or form body, with the items of arrays: 260,000 wrong items took a validator 1.5 s. */
export const bodyNames = 10_000;
/** Pairs of a query or a form that an origin reads too. Node, qs and PHP ignore what comes after them. */
export const originPairs = 1_000;
/** Headers of a form's field: Django leaves out a part with more. */
export const fieldHeaderBytes = 1024;
/** Headers of a form's file: PHP breaks a line at 5 KiB and reads its rest as the next; .NET may need 3.5 for a file name. */
export const fileHeaderBytes = 4 * 1024;
/** Nesting of a JSON body: what walks over it afterwards may be recursive. */
export const bodyJsonDepth = 32;
/** All readings of one path and their aliases together: 16 of 500 characters. They cost about 2 ms, and anybody may ask. */
export const pathReadingCharacters = 8 * 1024;
/** Faults that a caller is told of at once, and characters of each: a page, not the whole schema. */
export const validationFaults = 50;
export const validationFaultCharacters = 300;
/** How long browsers use https alone (`hsts` of `secureHeaders`): half a year outlasts every holiday. */
export const hstsSeconds = 180 * 86_400;
/** A handler that may take longer is a job. */
export const handlerMillisecondsMaximum = 600_000;
/** Callers counted in one isolate by one `rateLimit`, about 2 MB; those beyond share one allowance. */
export const rateLimitCallers = 10_000;
/** Longest window of a `rateLimit`: isolates live for hours at most. */
export const rateLimitWindowMillisecondsMaximum = 3_600_000;
/** Of the caller's own `key`, in a limiter's memory. */
export const rateLimitKeyCharacters = 256;

/**
 * Names and values of the headers that the gate adds. A token with 200 groups is 12 KiB and a browser's headers are 2:
 * with more than this, a Node server (16 KiB by default) answers 431.
 */
export const addedHeaderBytes = 2_048;
/** From the last byte of the request to the first of the answer. Bodies are not bounded: they may stream for hours. */
export const originMilliseconds = 30_000;
/** More than is buffered on the way to an origin that cannot be connected to, so that one is noticed. */
export const watchedUploadBytes = 256 * 1024;

/** Of a foreign error's text, in the log: a sentence, not a stack. */
export const causeCharacters = 200;

/** Tokens for other APIs that an isolate remembers: some 3 KB each, so some 6 MB. */
export const downstreamTokens = 2_048;
/** Microsoft's libraries renew five minutes early; so does the gate, behind the answer. */
export const downstreamRenewalSeconds = 300;
/** A token with less left may expire on its way through the API behind. */
export const downstreamMarginSeconds = 30;
/** From reading the credential to Entra's answer: an exchange takes it a second on a bad day. */
export const downstreamAcquireMilliseconds = 8_000;
/** A lease outlives the acquisition that it stands for by a little; then another request may take it. */
export const downstreamLeaseMilliseconds = 9_000;
/** How often a request that waits for another's acquisition looks whether it has settled. */
export const downstreamPollMilliseconds = 15;
/** The longest that a request waits for a token; then 503. */
export const downstreamWaitMilliseconds = 10_000;
/** How long a refusal is remembered: a burst of one user's requests costs one question, and new consent soon counts. */
export const downstreamFailureMilliseconds = 5_000;
/** After a throttled answer that names no time. */
export const downstreamThrottledMilliseconds = 30_000;
/** A token, an ID token and a refresh token, each at most `tokenBytes`. */
export const downstreamAnswerBytes = 131_072;
/** A claims request names a few claims. */
export const downstreamClaimsCharacters = 2_048;
/** KV answers in tens of milliseconds, from a distant store in hundreds; past this it counts as missing. */
export const tokenCacheReadMilliseconds = 1_000;
/** Shorter lives are refused by KV. */
export const tokenCacheSecondsMinimum = 60;
/** Microsoft recommends 5 to 10 minutes for client assertions. */
export const clientAssertionSeconds = 300;
/** A credential that Entra refused is tried after the others for so long. */
export const credentialRetryMilliseconds = 60_000;
/** Redirects on the same host that `downstreamFetch` follows. */
export const downstreamRedirects = 5;
