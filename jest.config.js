/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: { '^.+\\.[tj]s$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } } }] },
  // Anything that opens a socket to a host other than loopback fails its test.
  setupFiles: ['<rootDir>/test/loopback-only.ts'],
};
