"""The time-outs, the retries and the sizes that easel allows, in one place.

Times are in seconds and sizes in bytes. The sizes share the 128 MB of an isolate, of which Python
takes half. https://developers.cloudflare.com/workers/platform/limits/
"""

# --- Request bodies

# Much more than the longest prompt needs.
MAX_JSON_BYTES = 1024 * 1024
MAX_UPLOAD_BYTES = 16 * 1024 * 1024
# All images of a request together, uploaded or downloaded.
MAX_INPUT_BYTES = MAX_UPLOAD_BYTES
# How long a large body waits until memory for it is free, and `Retry-After` if none becomes free.
UPLOAD_WAIT_SECONDS = 20.0
OVERLOADED_RETRY_SECONDS = 10

# --- Downloads

# One image at a URL of a caller.
MAX_DOWNLOAD_BYTES = 20 * 1000 * 1000
DOWNLOAD_SECONDS = 10.0
# One image at a URL of a provider. It is paid for, so its download may take longer.
MAX_RESULT_BYTES = 30 * 1000 * 1000
RESULT_SECONDS = 60.0
# The largest image that the Images binding transforms.
# https://developers.cloudflare.com/images/optimization/binding/
MAX_VARIANT_SOURCE_BYTES = 20_000_000

# --- Calls of providers

# A Worker may have this many connections that wait for an answer; more would queue and time out.
# https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
MAX_CONNECTIONS = 6
# Bytes of base64. An isolate has memory for the 30 MB that they decode to.
MAX_ANSWER_BYTES = 40 * 1000 * 1000
# The bytes of a request's images that stay in memory between storage and the end of the answer.
MAX_BYTES_IN_MEMORY = 4 * 1000 * 1000
# The calls of one attempt, and the waits between them: each is about twice as long as the one
# before. For a wait that exceeds the longest, the client receives `Retry-After` instead.
MAX_TRIES = 3
FIRST_RETRY_SECONDS = 0.5
MAX_RETRY_SECONDS = 4.0
# The time that a provider has to cancel its work at the deadline or after the client has left.
CANCEL_SECONDS = 5.0

# --- Circuits

# Defaults if the provider names no time. A quota is renewed after hours or by payment. A refused
# credential may become valid again, or the provider refused it by mistake.
REFUSED_SECONDS = 300.0
RATE_LIMIT_SECONDS = 30.0
QUOTA_SECONDS = 6 * 3600.0
# This many failures in a row open the circuit of a model and a credential for this long.
MAX_FAULTS = 5
OPEN_CIRCUIT_SECONDS = 30.0
# The period of the rate limit. The binding does not say when the next request is allowed.
RATE_LIMIT_PERIOD_SECONDS = 60.0

# --- Repeated requests

# How long answers are kept for repeated requests.
ANSWER_KEPT_SECONDS = 24 * 3600.0
# A client retries soon after a failure, or at the time that the response named.
CLIENT_RETRY_SECONDS = 120.0
# Within this time the isolate that sent an answer reports its delivery.
DELIVERY_SECONDS = 3.0
# The isolate reports it with the next request, but not earlier than after this time.
REPORT_DELAY_SECONDS = 1.0
# A repeated request waits for the first one, with growing pauses.
FIRST_WAIT_SECONDS = 0.25
MAX_WAIT_SECONDS = 2.0
MAX_TOTAL_WAIT_SECONDS = 60.0

# --- Requests that run

# A request whose lease is not renewed within this time counts as interrupted.
LEASE_SECONDS = 30.0
RENEWAL_SECONDS = 10.0
# Shorter for jobs, because a renewal is how a job learns that its caller has cancelled it.
JOB_RENEWAL_SECONDS = 3.0
# The clean-up settles an interrupted request after this time. A caller that repeats the request, or
# polls its job, settles it sooner.
INTERRUPTED_SECONDS = 600.0

# --- Jobs

# Rows of the ledger hold at most 2 MB.
# https://developers.cloudflare.com/durable-objects/platform/limits/
MAX_STORED_REQUEST_BYTES = 1_000_000
# A job is started within this time; otherwise its message may be lost.
QUEUED_SECONDS = 60.0
# The delay of a message that is delivered again: each is about twice as long as the one before.
FIRST_DELAY_SECONDS = 30.0
MAX_DELAY_SECONDS = 3600.0
# The `Retry-After` of a job that has not ended.
POLL_SECONDS = 2
WEBHOOK_SECONDS = 10.0
MAX_WEBHOOK_RESPONSE_BYTES = 64 * 1024

# --- Health

PROBE_SECONDS = 10.0
