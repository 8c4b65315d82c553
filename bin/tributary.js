#!/usr/bin/env node
'use strict';
// CommonJS, by the package.json beside it: on the way of a cold start it is some milliseconds faster than a module.
const args = process.argv.slice(2);

if (args.length === 0 || (args.length === 1 && args[0] === 'start')) {
  require('../dist/bundle/main.cjs');
} else {
  const { runCli } = require('../dist/bundle/cli.cjs');
  runCli(args).then((code) => {
    process.exitCode = code;
  });
}
