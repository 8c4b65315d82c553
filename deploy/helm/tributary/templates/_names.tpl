{{- define "tributary.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Room is left for what is put behind it: names of Services have at most 63 characters. */}}
{{- define "tributary.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "tributary.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "tributary.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tributary.functionName" -}}
{{- default (include "tributary.fullname" .) .Values.function.name -}}
{{- end -}}

{{- define "tributary.serviceAccountName" -}}
{{- default (ternary (include "tributary.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "tributary.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "tributary.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tributary.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tributary.labels" -}}
{{ include "tributary.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Name of a Secret: one that is there, or one that the chart makes. Takes a list: the root, and an entry of `secrets`. */}}
{{- define "tributary.secretName" -}}
{{- $entry := index . 1 -}}
{{- default (printf "%s-%s" (include "tributary.fullname" (index . 0)) $entry.name) $entry.existingSecret -}}
{{- end -}}

{{/* Where the files of a Secret are. Takes an entry of `secrets`. */}}
{{- define "tributary.secretFolder" -}}
{{- printf "/etc/tributary/secrets/%s" (default .name .existingSecret | default "none") -}}
{{- end -}}

{{/* As the host writes a text into a name of NATS. */}}
{{- define "tributary.natsName" -}}
{{- regexReplaceAll "[^A-Za-z0-9_-]" . "-" -}}
{{- end -}}

{{/* The ports of `nats.url`, separated by spaces. */}}
{{- define "tributary.natsPorts" -}}
{{- range $index, $server := splitList "," .Values.nats.url -}}
{{- $port := regexFind ":[0-9]+$" (trimSuffix "/" (trim $server)) | trimPrefix ":" -}}
{{- if $index }} {{ end }}{{ default "4222" $port -}}
{{- end -}}
{{- end -}}
