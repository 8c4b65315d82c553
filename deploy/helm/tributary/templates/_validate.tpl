{{/*
What the schema cannot say: settings that are right by themselves and wrong together. A line for each problem, so that all are told at
once; nothing where there is none.
*/}}
{{- define "tributary.problems" -}}
{{- range list "Function" "Triggers" "Replicas" "Lag" "Env" "Secrets" "Pod" "Rest" }}
  {{- range regexFindAll "\\S.*" (include (printf "tributary.problemsOf%s" .) $) -1 }}
  {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "tributary.problemsOfFunction" }}
  {{ $function := .Values.function }}
  {{ if and .Values.http.enabled (not $function.public) (not $function.publicKey) (not (hasKey .Values.env "SCW_PUBLIC_KEY")) }}
    function.publicKey: expected the key that verifies tokens, or function.public: true; a private function without a key is never ready
  {{ end }}
  {{ if le (include "tributary.graceMs" . | int64) (int64 .Values.shutdown.delayMs) }}
    shutdown.graceMs: the delay is part of the grace; expected more than shutdown.delayMs, {{ int64 .Values.shutdown.delayMs }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfTriggers" }}
  {{ $names := dict "http" true }}
  {{ range .Values.triggers }}
    {{ if hasKey $names .name }}
      triggers: expected names that are unique, and other than http, but {{ .name }} is there twice
    {{ end }}
    {{ $_ := set $names .name true }}
    {{ if and (eq .type "nats") (not $.Values.nats.url) }}
      triggers ({{ .name }}): a NATS trigger needs nats.url
    {{ end }}
    {{ if and (eq .type "cron") .shared (not $.Values.nats.url) }}
      triggers ({{ .name }}): replicas agree on ticks through NATS; set nats.url
    {{ end }}
  {{ end }}
  {{ if and .Values.http.async (not (and .Values.nats.url .Values.http.enabled)) }}
    http.async: requests are stored in NATS; set nats.url, and http.enabled
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfReplicas" }}
  {{ $scale := .Values.autoscaling }}
  {{ $scaled := ne $scale.by "none" }}
  {{ $least := int64 (ternary $scale.minReplicas .Values.replicas $scaled) }}
  {{ $most := int64 (ternary $scale.maxReplicas .Values.replicas $scaled) }}
  {{ $setting := ternary "autoscaling.minReplicas" "replicas" $scaled }}
  {{ if gt $least $most }}
    autoscaling.minReplicas: {{ $least }} is beyond autoscaling.maxReplicas, {{ $most }}
  {{ end }}
  {{ if and (eq $scale.by "cpu") (eq $least 0) }}
    autoscaling.minReplicas: a HorizontalPodAutoscaler keeps at least 1; only autoscaling.by: lag can go to 0
  {{ end }}
  {{ if and (eq $scale.by "cpu") (not (dig "requests" "cpu" "" .Values.resources)) }}
    autoscaling.by: cpu is in percent of what is requested; expected resources.requests.cpu
  {{ end }}
  {{ if and (eq $scale.by "lag") (eq $least 0) .Values.http.enabled }}
    autoscaling.minReplicas: no replica would answer HTTP; expected at least 1, or http.enabled: false
  {{ end }}
  {{ range .Values.triggers }}
    {{ if and (eq .type "cron") (eq $least 0) }}
      {{ $setting }}: a schedule ({{ .name }}) needs a replica that is there when it is due; expected at least 1, got 0
    {{ else if and (eq .type "cron") (gt $most 1) (not $.Values.nats.url) (not (hasKey . "shared")) }}
      triggers ({{ .name }}): without NATS each of up to {{ $most }} replicas would run every tick; set nats.url, or one replica at most, or shared: false on the trigger where that is meant
    {{ else if and (eq .type "nats") $scaled (eq $least 0) (not .stream) }}
      autoscaling.minReplicas: messages of core NATS ({{ .name }}) are lost while no replica listens; expected at least 1, got 0
    {{ end }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfLag" }}
  {{ if eq .Values.autoscaling.by "lag" }}
    {{ if not (include "tributary.lagTriggers" .) }}
      autoscaling.by: lag is that of durable triggers; expected one with a stream under triggers, or http.async
    {{ end }}
    {{ if not .Values.autoscaling.natsMonitoring }}
      autoscaling.natsMonitoring: expected the monitoring endpoint of the NATS servers, such as nats.nats.svc:8222
    {{ end }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfEnv" }}
  {{ $own := include "tributary.ownEnv" . | fromYaml }}
  {{ range $name, $_ := .Values.env }}
    {{ if regexMatch "^(TRIGGER_NATS|ADMIN)_\\w+_FILE$|^TRIGGER_NATS_(TOKEN|PASSWORD)$|^ADMIN_TOKEN$" $name }}
      env.{{ $name }}: write it as a file of secrets
    {{ else if regexMatch "^TRIGGERS_FILE$|^TRIGGER_CRON_|^TRIGGER_NATS_(SUBJECT|QUEUE|STREAM|DURABLE|DELIVER_|UPDATE_|MAX_|ACK_|BACKOFF_|DEAD_|FORMAT|HANDLER|RESULT_)" $name }}
      env.{{ $name }}: write it as an entry of triggers: the chart scales by them and knows a schedule by them
    {{ else if or (hasKey $own $name) (regexMatch "^(SHUTDOWN|ADMIN)_|^TRIGGER_NATS_(URL|USER|REPLICAS)$|^TRIGGER_HTTP_(ENABLED|ASYNC)$|^PORT$|^SCW_(APPLICATION_ID|NAMESPACE_ID|APPLICATION_VERSION|HANDLER_IS_BINARY)$" $name) }}
      env.{{ $name }}: another value of the chart says this; its README has them all
    {{ end }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfSecrets" }}
  {{ $files := dict }}
  {{ $folders := dict }}
  {{ range $secret := .Values.secrets }}
    {{ if or (and $secret.existingSecret (or $secret.name $secret.data)) (not (or $secret.existingSecret (and $secret.name $secret.data))) }}
      secrets ({{ default "without a name" (default $secret.existingSecret $secret.name) }}): expected either existingSecret, or name and data
    {{ end }}
    {{ $folder := include "tributary.secretFolder" $secret }}
    {{ if hasKey $folders $folder }}
      secrets: {{ base $folder }} is there twice; list all its files in one entry
    {{ end }}
    {{ $_ := set $folders $folder true }}
    {{ range $variable, $key := $secret.files }}
      {{ if hasKey $files $variable }}
        secrets: expected one file for {{ $variable }}, got two
      {{ end }}
      {{ $_ := set $files $variable true }}
      {{ if and $secret.name (not (hasKey (default dict $secret.data) $key)) }}
        secrets ({{ $secret.name }}).files: {{ $variable }} is {{ $key }}, but data has no such key
      {{ end }}
      {{ if and (hasPrefix "TRIGGER_NATS_" $variable) (not $.Values.nats.url) }}
        secrets: {{ $variable }} means nothing without nats.url
      {{ end }}
    {{ end }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfPod" }}
  {{ $own := dict "tmp" true }}
  {{ if .Values.function.files }}{{ $_ := set $own "function" true }}{{ end }}
  {{ if .Values.triggers }}{{ $_ := set $own "triggers" true }}{{ end }}
  {{ range $index, $_ := .Values.secrets }}{{ $_ := set $own (printf "secret-%d" $index) true }}{{ end }}
  {{ range .Values.volumes }}
    {{ if hasKey $own (toString .name) }}
      volumes: the pod has a volume {{ .name }} already; expected another name
    {{ end }}
    {{ $_ := set $own (toString .name) true }}
  {{ end }}
  {{ range $label, $_ := include "tributary.selectorLabels" . | fromYaml }}
    {{ if hasKey $.Values.podLabels $label }}
      podLabels: the pods are selected by {{ $label }}, which the chart sets; leave it out, and see nameOverride
    {{ end }}
  {{ end }}
{{- end }}

{{- define "tributary.problemsOfRest" }}
  {{ $strategies := ternary (list "RollingUpdate" "OnDelete") (list "RollingUpdate" "Recreate") (eq .Values.kind "StatefulSet") }}
  {{ $strategy := default "RollingUpdate" .Values.updateStrategy.type }}
  {{ if not (has $strategy $strategies) }}
    updateStrategy.type: a {{ .Values.kind }} is updated by {{ join " or " $strategies }}, not by {{ $strategy }}
  {{ end }}
  {{ if and .Values.ingress.enabled (not .Values.http.enabled) }}
    ingress.enabled: there is nothing behind an Ingress where http.enabled is false
  {{ end }}
  {{ if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
    ingress.hosts: expected at least one host, such as {host: shop.example.com, paths: [/]}
  {{ end }}
  {{ if and .Values.volumeClaimTemplates (ne .Values.kind "StatefulSet") }}
    volumeClaimTemplates: only a StatefulSet has disks of its replicas; set kind: StatefulSet
  {{ end }}
{{- end }}
