#!/usr/bin/env node
'use strict';
// The command itself. In a clone it prepares what is missing; an installed package is complete already.
var fs = require('fs');
var path = require('path');
var ready = require('./ready.cjs');
if (fs.existsSync(path.join(__dirname, '..', 'src'))) ready.prepare();
ready.handOver('dist/cli/main.js', process.argv.slice(2));
