'use strict';
// What stands before the command, before a holder instead: bin/ itself, with nothing of its own.
require('../../bin/ready.cjs').handOver('test/safety/holder.ts', process.argv.slice(2), true);
