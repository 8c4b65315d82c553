export SCW_APPLICATION_NAME=pipeline SCW_HANDLER_PATH=$PWD/pipeline.mjs
export TRIGGERS_FILE=$PWD/triggers.yaml
export TRIGGER_HTTP_ENABLED=false
export TRIGGER_NATS_URL=nats://127.0.0.1:4222
