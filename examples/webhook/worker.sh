# The settings of the worker: it takes its jobs from the stream, and HTTP does not reach it.
export SCW_APPLICATION_NAME=webhook-worker SCW_HANDLER_PATH=$PWD/worker.mjs
export TRIGGER_HTTP_ENABLED=false ADMIN_PORT=9465
export TRIGGER_NATS_URL=nats://127.0.0.1:4222
export TRIGGER_NATS_STREAM=JOBS TRIGGER_NATS_SUBJECT=jobs.invoice
# How long after its death a worker's job goes to another; a job that runs longer is reported on, and stays its own.
export TRIGGER_NATS_ACK_WAIT_MS=5000 TRIGGER_NATS_BACKOFF_MS=1000,3000
