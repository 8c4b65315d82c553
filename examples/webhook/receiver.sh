# The settings of the receiver: an HTTP function whose requests may be queued.
export SCW_APPLICATION_NAME=webhook-receiver SCW_HANDLER_PATH=$PWD/receiver.mjs
export SCW_PUBLIC=true
export TRIGGER_NATS_URL=nats://127.0.0.1:4222
export TRIGGER_HTTP_ASYNC=true TRIGGER_HTTP_RESULT_SUBJECT=jobs.invoice
