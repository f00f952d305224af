'use strict';
// npm run containers: whole runs in Docker, skipped where it does not answer; npm run containers -- PATTERN: some of them.
var ready = require('./ready.cjs');
ready.prepare();
ready.handOver(
  'node_modules/vitest/vitest.mjs',
  ['run', '-c', 'vitest.containers.config.ts'].concat(process.argv.slice(2)),
);
