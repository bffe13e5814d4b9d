import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const clock = {
  selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
  message: 'Time comes from the clock port (core/clock.ts).',
};
const newDate = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: 'Time comes from the clock port (core/clock.ts).',
};
const environment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read once, in config/.',
};
const jestMock = {
  selector:
    "CallExpression[callee.object.name='jest'][callee.property.name=/^(mock|unstable_mockModule|doMock)$/]",
  message: 'Under ESM this silently runs the real module: use a port and a fake.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.bed/', 'node_modules/', '**/*.cjs'] },
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // AppConfig and Nest's own option classes are shapes, made as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Nest decides by decorator, not by class body.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', jestMock],
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      complexity: ['error', 15],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/**/*.spec.ts',
      'src/**/*.contract.ts',
      'src/**/*.fixture.ts',
      'src/core/clock.ts',
      'src/config/**',
    ],
    rules: { 'no-restricted-syntax': ['error', clock, newDate, environment, jestMock] },
  },
  {
    files: [
      'test/**/*.ts',
      'bench/**/*.ts',
      'src/**/*.spec.ts',
      'src/**/*.contract.ts',
      'src/**/*.fixture.ts',
    ],
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Answers of the API are `any` here: each test asserts what it needs of them.
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        document: 'readonly',
        window: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        EventSource: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
