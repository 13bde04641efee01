{{/* Limits that the gateway follows without a restart, when they come from a file. */}}
{{- define "parley.followedSettings" -}}
["INSIDER_RATE_LIMIT_PER_SECOND", "INSIDER_MAX_MESSAGES_PER_REQUEST"]
{{- end -}}

{{/* Numbers of values are floating: a million would be written 1e+06. Those with a fraction are written as they are. */}}
{{- define "parley.number" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/* Takes a setting's name and value. YAML reads on and off as true and false. */}}
{{- define "parley.setting" -}}
{{- if and (kindIs "bool" .value) (ne .name "KAFKA_SSL") -}}
{{ ternary "on" "off" .value }}
{{- else -}}
{{ include "parley.number" .value }}
{{- end -}}
{{- end -}}

{{/* Takes the root context and the Deployment's roles and pod. */}}
{{- define "parley.environment" -}}
{{- $followed := include "parley.followedSettings" .root | fromJsonArray -}}
- name: NODE_ENV
  value: production
- name: ROLES
  value: {{ join "," .roles }}
{{- range $name, $value := .root.Values.settings }}
{{- if and (has $name $followed) (ne (toString $value) "") }}
- name: {{ $name }}_FILE
  value: /etc/parley/limits/{{ $name }}
{{- else if ne (toString $value) "" }}
- name: {{ $name }}
  value: {{ include "parley.setting" (dict "name" $name "value" $value) | quote }}
{{- end }}
{{- end }}
{{- range $name, $from := .root.Values.secrets }}
{{- if $from.name }}
- name: {{ $name }}{{ if not (hasSuffix "_FILE" $name) }}_FILE{{ end }}
  value: /etc/parley/secrets/{{ $name }}
{{- end }}
{{- end }}
{{- range $name, $value := .root.Values.tracing }}
- name: {{ $name }}
  value: {{ include "parley.number" $value | quote }}
{{- end }}
{{- with .pod.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Each Secret that is named once, with the keys taken from it. */}}
{{- define "parley.secretSources" -}}
{{- $sources := dict -}}
{{- range $name, $from := .Values.secrets -}}
{{- if $from.name -}}
{{- $item := dict "key" $from.key "path" $name -}}
{{- $_ := set $sources $from.name (append (get $sources $from.name | default list) $item) -}}
{{- end -}}
{{- end -}}
{{- range $secret, $items := $sources }}
- secret:
    name: {{ $secret }}
    items:
      {{- toYaml $items | nindent 6 }}
{{- end -}}
{{- end -}}
