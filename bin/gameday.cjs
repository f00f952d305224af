#!/usr/bin/env node
'use strict';
// The command itself. In a clone it prepares what is missing; an installed package is complete already.
var fs = require('fs');
var path = require('path');
var ready = require('./ready.cjs');
if (fs.existsSync(path.join(__dirname, '..', 'src'))) ready.prepare();
var args = process.argv.slice(2);
// Who only asks starts nothing that somebody would have to outlive.
if (ready.isRecent && args.length === 1 && /^(?:-h|--help|-V|--version)$/.test(args[0]))
  void import('../dist/cli/main.js');
else ready.handOver('dist/cli/main.js', args, true);
