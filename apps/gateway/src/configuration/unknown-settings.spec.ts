import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { SETTING_NAMES } from './environment.ts';
import { unknownSettings } from './unknown-settings.ts';

function unknown(...given: string[]): ReturnType<typeof unknownSettings> {
  return unknownSettings(given, SETTING_NAMES);
}

describe('unknownSettings', () => {
  it.each([
    ['KAFKA_BROKER', 'KAFKA_BROKERS'],
    ['INSIDER_RATE_LIMIT', 'INSIDER_RATE_LIMIT_PER_SECOND'],
    ['INSIDER_TIMEOUT', 'INSIDER_TIMEOUT_MS'],
    ['IDEMPOTENCY_TTL', 'IDEMPOTENCY_TTL_HOURS'],
    ['TOPIC_STATUSES', 'TOPIC_STATUS'],
    ['REDIS_URI', 'REDIS_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['CALLBACK_TOKEN', 'CALLBACK_TOKENS'],
    ['INSIDER_AUTHKEY_FILE', 'INSIDER_AUTH_KEY_FILE'],
  ])('takes %s for %s', (name, meant) => {
    expect(unknown(name)).toEqual([{ name, meant }]);
  });

  it.each(['INSIDER_SECRET', 'TOPIC_SOMETHING_ELSE', 'KAFKA_ACKS'])(
    'knows that %s is meant for us, and not which setting',
    (name) => {
      expect(unknown(name)).toEqual([{ name, meant: undefined }]);
    },
  );

  it('accepts every setting, and the file of each', () => {
    expect(unknown(...SETTING_NAMES, ...SETTING_NAMES.map((name) => `${name}_FILE`))).toEqual([]);
  });

  describe('leaves alone what is not ours', () => {
    it.each([
      [
        'what Kubernetes sets for services named kafka, redis and insider-proxy',
        [
          ...serviceLinks('KAFKA', 9092),
          ...serviceLinks('REDIS', 6379),
          ...serviceLinks('INSIDER_PROXY', 8080),
          ...serviceLinks('KUBERNETES', 443),
        ],
      ],
      ['what Kafka’s scripts read', ['KAFKA_OPTS', 'KAFKA_HEAP_OPTS', 'KAFKA_LOG4J_OPTS', 'KAFKA_HOME']],
      ['proxies', ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy']],
      ['Node', ['NODE_OPTIONS', 'NODE_PATH', 'NODE_VERSION', 'NODE_EXTRA_CA_CERTS', 'UV_THREADPOOL_SIZE']],
      ['npm', ['npm_config_loglevel', 'npm_package_name', 'npm_lifecycle_event', 'INIT_CWD', 'YARN_VERSION']],
      [
        'a shell',
        [
          'PATH',
          'HOME',
          'USER',
          'LOGNAME',
          'SHELL',
          'SHLVL',
          'TERM',
          'TERM_PROGRAM',
          'LANG',
          'LC_ALL',
          'PWD',
          '_',
        ].concat(
          [
            'OLDPWD',
            'EDITOR',
            'PAGER',
            'DISPLAY',
            'HOSTNAME',
            'MAIL',
            'TZ',
            'TMPDIR',
            'WINDOWID',
            'COLORTERM',
          ],
          [
            'SSH_AUTH_SOCK',
            'SSH_CLIENT',
            'XDG_RUNTIME_DIR',
            'DBUS_SESSION_BUS_ADDRESS',
            'LS_COLORS',
            'DEBUG',
            'CI',
          ],
        ),
      ],
      [
        'OpenTelemetry',
        [
          'OTEL_SDK_DISABLED',
          'OTEL_SERVICE_NAME',
          'OTEL_RESOURCE_ATTRIBUTES',
          'OTEL_TRACES_EXPORTER',
          'OTEL_TRACES_SAMPLER',
          'OTEL_TRACES_SAMPLER_ARG',
          'OTEL_EXPORTER_OTLP_ENDPOINT',
          'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
          'OTEL_EXPORTER_OTLP_HEADERS',
          'OTEL_EXPORTER_OTLP_PROTOCOL',
          'OTEL_EXPORTER_OTLP_TIMEOUT',
          'OTEL_BSP_SCHEDULE_DELAY',
          'OTEL_BSP_MAX_QUEUE_SIZE',
          'OTEL_SPAN_LINK_COUNT_LIMIT',
          'OTEL_NODE_RESOURCE_DETECTORS',
        ],
      ],
    ])('%s', (_name, names) => {
      expect(unknown(...names)).toEqual([]);
    });
  });
});

function serviceLinks(service: string, port: number): string[] {
  const tcp = `${service}_PORT_${port}_TCP`;
  return [
    `${service}_SERVICE_HOST`,
    `${service}_SERVICE_PORT`,
    `${service}_SERVICE_PORT_CLIENTS`,
    `${service}_PORT`,
    tcp,
    `${tcp}_PROTO`,
    `${tcp}_PORT`,
    `${tcp}_ADDR`,
  ];
}
