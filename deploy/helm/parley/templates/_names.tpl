{{- define "parley.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Short enough for the names that are made from it: 63 characters with the longest of a Deployment. */}}
{{- define "parley.fullname" -}}
{{- $name := include "parley.name" . -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- $full | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects the gateway's pods, of whichever Deployment. */}}
{{- define "parley.selectorLabels" -}}
app.kubernetes.io/name: {{ include "parley.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "parley.labels" -}}
{{ include "parley.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The pod of `helm test`: not one of the gateway's, so that no Service or policy takes it for one. */}}
{{- define "parley.testLabels" -}}
app.kubernetes.io/name: {{ include "parley.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "parley.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (ternary (include "parley.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "parley.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* As JSON: {"enabled": [names of the Deployments], "roles": [all their roles]}. */}}
{{- define "parley.deployments" -}}
{{- $enabled := list -}}
{{- $roles := list -}}
{{- range $name, $deployment := .Values.deployments -}}
{{- if $deployment.enabled -}}
{{- $enabled = append $enabled $name -}}
{{- $roles = concat $roles $deployment.roles -}}
{{- end -}}
{{- end -}}
{{- dict "enabled" $enabled "roles" (uniq $roles) | toJson -}}
{{- end -}}
