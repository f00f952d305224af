'use strict';
// npm run proofs: the long runs that npm test leaves out; npm run proofs -- PATTERN: some of them.
var ready = require('./ready.cjs');
ready.prepare();
ready.handOver(
  'node_modules/vitest/vitest.mjs',
  ['run', '-c', 'vitest.proofs.config.ts'].concat(process.argv.slice(2)),
);
