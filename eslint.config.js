import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/dist/', '**/gen/', '**/node_modules/', '.parley/', '.stryker-tmp/', 'reports/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.check.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Nest modules are classes whose whole content is their decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-syntax': [
        'error',
        { selector: "CallExpression[callee.name='forwardRef']", message: 'Break the cycle instead.' },
        { selector: 'ExportAllDeclaration', message: 'Name what the package exports.' },
      ],
      // One place per process reads the environment, so that a setting cannot hide in a corner.
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read settings in the process’s configuration.' },
      ],
      'no-console': 'error',
      eqeqeq: 'error',
      // Its exceptions do not cover Promise.withResolvers<void>().
      '@typescript-eslint/no-invalid-void-type': 'off',
    },
  },
  {
    // Only where nothing is decorated: a type import of an injected class turns its metadata into Object.
    files: ['libs/{contracts,delivery,insider,provisioning,redis,sender}/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'error' },
  },
  {
    // The name of an event is an interface over its schema’s type: messages of the compiler show the name, not all fields.
    files: ['libs/contracts/src/events/**'],
    rules: {
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  {
    // The page in the browser. Whatever a message holds is shown as text: no markup of it may ever be read.
    files: ['apps/sandbox/web/**/*.{ts,tsx}'],
    languageOptions: {
      parserOptions: { project: ['./apps/sandbox/web/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'Name what the file exports.' },
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Show text as text nodes.',
        },
        {
          selector:
            'Identifier[name=/^(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|srcdoc)$/]',
          message: 'Show text as text nodes.',
        },
        {
          selector: "JSXAttribute[name.name='style'] > Literal",
          message:
            'The page’s policy allows no style attribute: use a class, or an object for what is computed.',
        },
      ],
    },
  },
  {
    // Classes that describe an answer to OpenAPI: shapes, never instances.
    files: ['apps/sandbox/src/**'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  {
    // Programs at a terminal: they print, and they hand an environment on to what they start.
    files: [
      'apps/cli/**',
      'apps/launcher/**',
      'test/**',
      'bench/**',
      'libs/provisioning/**',
      'libs/testing/src/property-runs.ts',
      'proto/generate/**',
      'docs/events/generate/**',
    ],
    rules: { 'no-console': 'off', 'no-restricted-properties': 'off' },
  },
);
