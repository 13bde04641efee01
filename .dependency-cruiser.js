/** What needs OpenTelemetry's libraries. */
const TRACING_WITH_SPANS = '^apps/gateway/src/tracing/(open-telemetry|span-tracing|trace-context)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one idea, or one of them is in the wrong place.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'sender-is-framework-free',
      comment:
        'The sender is the product: no Nest, Kafka, gRPC, Redis, HTTP client or lib of ours, so that it can be read, tested and reasoned about alone. Two libraries without any of that: phone numbers, and the breaker’s rule.',
      severity: 'error',
      from: { path: '^libs/sender/src', pathNot: ['\\.spec\\.ts$', '^libs/sender/src/testing/'] },
      to: {
        pathNot: [
          '^libs/sender/src',
          '^node_modules/(libphonenumber-js|cockatiel)',
          '^(node:)?(assert/strict|crypto|timers/promises)$',
        ],
      },
    },
    {
      name: 'delivery-is-framework-free',
      comment:
        'What became of a message is domain: no Nest, Kafka, gRPC or Redis. It speaks in the words of the contract and of the sender.',
      severity: 'error',
      from: { path: '^libs/delivery/src', pathNot: ['\\.spec\\.ts$', 'conformance\\.ts$'] },
      to: { pathNot: ['^libs/delivery/src', '^libs/(contracts|sender)/src/index\\.ts$'] },
    },
    {
      name: 'open-telemetry-in-its-room',
      comment: 'What is traced is told in words of ours; one folder makes spans of it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: ['^apps/gateway/src/tracing/'] },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'open-telemetry-only-when-asked-for',
      comment:
        'Nothing of it is loaded before a variable asks for traces: there is one way in, and it is a dynamic import.',
      severity: 'error',
      from: {
        path: '^apps/gateway/src',
        pathNot: ['\\.spec\\.ts$', '-under-test\\.ts$', TRACING_WITH_SPANS],
      },
      to: { path: [TRACING_WITH_SPANS, '^node_modules/@opentelemetry/'], dynamic: false },
    },
    {
      name: 'contracts-is-a-leaf',
      comment: 'Everybody may know the contract, the contract knows nobody.',
      severity: 'error',
      from: { path: '^libs/contracts' },
      to: { path: '^(apps|libs/(?!contracts))' },
    },
    {
      name: 'kafka-knows-nothing-of-whatsapp',
      comment: 'The transport moves records; what they mean is the gateway’s.',
      severity: 'error',
      from: { path: '^libs/kafka' },
      to: { path: '^(apps|libs/(sender|insider|contracts))' },
    },
    {
      name: 'insider-knows-only-the-wire',
      comment: 'Gateway and sandbox share the provider’s wire; neither’s concepts may leak into it.',
      severity: 'error',
      from: { path: '^libs/insider', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|libs/(?!insider))' },
    },
    {
      name: 'redis-stands-behind-ports',
      comment:
        'It keeps what sender, delivery and spool ask for: their ports and how Redis does it, nothing of providers or ways in.',
      severity: 'error',
      from: { path: '^libs/redis', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(apps/|libs/|node_modules/)',
        pathNot: [
          '^libs/redis/',
          '^libs/(sender|delivery|kafka|contracts)/src/index\\.ts$',
          '^node_modules/(ioredis|@types/node)/',
        ],
      },
    },
    {
      name: 'redis-specs-know-their-tools',
      comment: 'Its specs may also use fakes and a Redis to test with, and still nothing else of ours.',
      severity: 'error',
      from: { path: '^libs/redis/.*\\.spec\\.ts$' },
      to: { path: '^(apps|libs/(?!redis/|sender/|delivery/|kafka/|contracts/|testing/|provisioning/))' },
    },
    {
      name: 'openapi-is-loaded-when-asked-for',
      comment:
        'Nest’s OpenAPI library costs a gateway 20 MB and a fifth of its start: only what serve-docs.ts imports at the first question may load it.',
      severity: 'error',
      from: { path: '^apps/gateway/src/', pathNot: '^apps/gateway/src/openapi/' },
      to: { path: '^(node_modules/@nestjs/swagger/|apps/gateway/src/openapi/(?!serve-docs\\.ts$))' },
    },
    {
      name: 'no-app-imports-another-app',
      comment: 'Processes talk over the wire.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'page-knows-answers-alone',
      comment:
        'The page runs in a browser and talks to the sandbox over the wire: it takes the types of answers from it, and nothing that runs.',
      severity: 'error',
      from: { path: '^apps/sandbox/web/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(apps|libs)/',
        pathNot: ['^apps/sandbox/web/', '^apps/sandbox/src/(control/answers|faults/fault-rule)\\.ts$'],
      },
    },
    {
      name: 'page-takes-types-alone',
      comment: 'The same: what is imported from the sandbox is erased.',
      severity: 'error',
      from: { path: '^apps/sandbox/web/' },
      to: { path: '^apps/sandbox/src/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-lib-imports-an-app',
      comment: 'Libraries are used by processes, never the other way round.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'libs-by-package-name-only',
      comment: 'A lib’s index is its surface; an inner path of it is nobody else’s business.',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: {
        path: '^libs/',
        pathNot: [
          '^$1/$2/',
          '^libs/[^/]+/src/index\\.ts$',
          '^libs/testing/src/(event-schemas|gateway-client|mutated-json|mutated-protobuf)\\.ts$',
        ],
      },
    },
    {
      name: 'production-never-imports-testing',
      comment: 'Fakes, factories and provisioning have no place in what is deployed.',
      severity: 'error',
      from: {
        path: '^(apps/(gateway|sandbox|cli)|libs/(sender|redis|delivery|insider|kafka|contracts|settings))/',
        pathNot: ['\\.spec\\.ts$', '-under-test\\.ts$', '^libs/[^/]+/src/testing/'],
      },
      to: { path: '^libs/(testing|provisioning)/' },
    },
    {
      name: 'generated-types-behind-mapping',
      comment: 'Generated code is reached through the contracts package, never by its own path.',
      severity: 'error',
      from: { pathNot: '^libs/contracts/' },
      to: { path: '^libs/contracts/src/gen/' },
    },
    {
      name: 'declared-dependencies-only',
      comment: 'What a package imports, its own package.json names.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        // The page is bundled: what it imports is needed to build it, and not where it runs.
        pathNot: ['\\.spec\\.ts$', '-under-test\\.ts$', '^libs/[^/]+/src/testing/', '^apps/sandbox/web/'],
      },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'unknown', 'undetermined'],
        // Workspace links resolve to sources; whether they are declared is knip's to see.
        pathNot: '^libs/[^/]+/src/index\\.ts$',
      },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      conditionNames: ['@parley/source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.json'],
    },
  },
};
