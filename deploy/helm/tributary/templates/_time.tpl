{{/* Milliseconds of the whole shutdown. The 3 s are what the host keeps of its grace to end the sub-runtime. */}}
{{- define "tributary.graceMs" -}}
{{- $needed := add (int64 .Values.shutdown.delayMs) (int64 .Values.function.timeoutMs) 3000 -}}
{{- default $needed .Values.shutdown.graceMs | int64 -}}
{{- end -}}

{{/* When what is still in flight is cut off, in milliseconds: at most a fifth of the grace, and at most 3 s, are left then. */}}
{{- define "tributary.cutOffMs" -}}
{{- $grace := include "tributary.graceMs" . | int64 -}}
{{- sub $grace (min 3000 (div $grace 5)) -}}
{{- end -}}

{{- define "tributary.terminationGracePeriodSeconds" -}}
{{- add (div (add (include "tributary.graceMs" . | int64) 999) 1000) (int64 .Values.shutdown.marginSeconds) -}}
{{- end -}}
