'use strict';
// npm run test:crash -- --seed N --rounds 200: crashes by chance; npm run test:crash -- --matrix: every one once.
var ready = require('./ready.cjs');
ready.prepare();
ready.handOver('test/safety/main.ts', process.argv.slice(2));
