# The same for every replica.
export SCW_APPLICATION_NAME=reports SCW_HANDLER_PATH=$PWD/report.mjs
export TRIGGER_HTTP_ENABLED=false
export TRIGGER_NATS_URL=nats://127.0.0.1:4222
export TRIGGER_CRON_SCHEDULE='0 3 * * *' TRIGGER_CRON_TIME_ZONE=Europe/Paris
# A run that fails is tried again, twice; then the tick becomes a dead letter.
export TRIGGER_CRON_MAX_ATTEMPTS=3
export TRIGGER_CRON_RESULT_SUBJECT=reports.nightly
