{{/* After SIGTERM a gateway ends by itself within 20 seconds and the time of one request to the provider; and 5 to spare. */}}
{{- define "parley.stopSeconds" -}}
{{- add 25 (ceil (divf .Values.settings.INSIDER_TIMEOUT_MS 1000)) -}}
{{- end -}}

{{/* What no schema can say: how values fit each other. All problems are told at once. */}}
{{- define "parley.checks" -}}
{{- $values := .Values -}}
{{- $problems := list -}}
{{- $pods := 0 -}}
{{- $found := include "parley.deployments" . | fromJson -}}

{{- if not $found.enabled -}}
{{- $problems = append $problems "deployments: enable at least one" -}}
{{- end -}}
{{- if not $values.settings.KAFKA_BROKERS -}}
{{- $problems = append $problems "settings.KAFKA_BROKERS is required: host:port of the brokers, separated by commas" -}}
{{- end -}}
{{- range list "INSIDER_AUTH_KEY" "CALLBACK_TOKENS" -}}
{{- if not (index $values.secrets .).name -}}
{{- $problems = append $problems (printf "secrets.%s.name is required: the Secret that holds it" .) -}}
{{- end -}}
{{- end -}}
{{- if and (not $values.secrets.CALLERS_FILE.name) (ne (include "parley.setting" (dict "name" "AUTH" "value" $values.settings.AUTH)) "off") -}}
{{- $problems = append $problems "secrets.CALLERS_FILE.name is required: the Secret that says who may call; settings.AUTH=off lets everybody call" -}}
{{- end -}}
{{- $sasl := list (ne (toString ($values.settings.KAFKA_SASL_MECHANISM | default "")) "") (ne $values.secrets.KAFKA_SASL_USERNAME.name "") (ne $values.secrets.KAFKA_SASL_PASSWORD.name "") -}}
{{- if and (has true $sasl) (has false $sasl) -}}
{{- $problems = append $problems "settings.KAFKA_SASL_MECHANISM, secrets.KAFKA_SASL_USERNAME and secrets.KAFKA_SASL_PASSWORD belong together: set all or none" -}}
{{- end -}}

{{- $needed := add $values.preStopSeconds (include "parley.stopSeconds" . | int) | int -}}
{{- if lt (int $values.terminationGracePeriodSeconds) $needed -}}
{{- $problems = append $problems (printf "terminationGracePeriodSeconds must be at least %d: preStopSeconds and %s, which are 25 seconds and settings.INSIDER_TIMEOUT_MS" $needed (include "parley.stopSeconds" .)) -}}
{{- end -}}

{{- range $name := $found.enabled -}}
{{- $deployment := index $values.deployments $name -}}
{{- $path := printf "deployments.%s" $name -}}
{{- $hpa := $deployment.autoscaling | default dict -}}
{{- $keda := $deployment.keda | default dict -}}
{{- $most := int $deployment.replicas -}}
{{- if and $hpa.enabled $keda.enabled -}}
{{- $problems = append $problems (printf "%s: enable autoscaling or keda, because both would set the number of pods" $path) -}}
{{- end -}}
{{- range $kind, $scaling := dict "autoscaling" $hpa "keda" $keda -}}
{{- if $scaling.enabled -}}
{{- $most = int $scaling.maxReplicas -}}
{{- if gt (int $scaling.minReplicas) (int $scaling.maxReplicas) -}}
{{- $problems = append $problems (printf "%s.%s: minReplicas is above maxReplicas" $path $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $keda.enabled (not (has "consumer" $deployment.roles)) -}}
{{- $problems = append $problems (printf "%s.keda follows the lag of the consumer, which is none of this Deployment's roles" $path) -}}
{{- end -}}
{{- if and (or $keda.enabled (eq (join "," $deployment.roles) "consumer")) (gt $most (int $values.sendTopicPartitions)) -}}
{{- $problems = append $problems (printf "%s: at most %d pods can consume, one for each of sendTopicPartitions, and not %d" $path (int $values.sendTopicPartitions) $most) -}}
{{- end -}}
{{- $pods = add $pods $most -}}
{{- end -}}
{{- if and (not $values.secrets.REDIS_URL.name) (gt (int $pods) 1) -}}
{{- $problems = append $problems "secrets.REDIS_URL.name is required by more than one pod: without Redis each would use the whole limit of the provider, and know its own messages alone" -}}
{{- end -}}
{{- if and $values.ingress.enabled (not (has "callbacks" $found.roles)) -}}
{{- $problems = append $problems "ingress: no Deployment has the role callbacks" -}}
{{- end -}}
{{- if and $values.ingress.send (not (has "grpc" $found.roles)) -}}
{{- $problems = append $problems "ingress.send: no Deployment has the role grpc, which serves /v1/" -}}
{{- end -}}

{{- if $problems -}}
{{- fail (printf "\nThe gateway cannot be installed with these values:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}
