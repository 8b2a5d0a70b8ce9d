/** @type {import('jest').Config} */
module.exports = {
  // Left to itself Jest leaves a core idle, which is half of a small machine.
  maxWorkers: '100%',
  // A worker keeps much of what its suites have loaded: the last ones would spend most of their time on its heap.
  workerIdleMemoryLimit: '600MB',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.[tj]s$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
  // These are published as ES modules alone, which Jest cannot load as they are.
  transformIgnorePatterns: [
    '/node_modules/(?!(@kubernetes/client-node|openid-client|oauth4webapi|jose|jsonpath-plus)/)',
  ],
  // A machine that does other things as well is no reason to fail.
  testTimeout: 60_000,
  // Tests know nothing of whose machine they run on, and reach nothing beyond it.
  setupFiles: ['<rootDir>/test/environment.ts'],
};
