/**
 * A real Alertmanager that can be started from the folder where its package was unpacked. Debian's looks for its templates
 * at a fixed place of the system; where nothing is installed there, a copy of the program looks beside itself.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const usual = '/usr/share/prometheus/alertmanager';

/** @param scratch Holds the copy; its path has to be short. @returns The path of the program. */
export const alertmanagerIn = (binaries: string, scratch: string): string => {
  const program = [join(binaries, 'prometheus-alertmanager'), join(binaries, 'alertmanager')].find(existsSync);
  if (program === undefined) throw new Error(`there is no alertmanager in ${binaries}`);
  const beside = join(binaries, '../share/prometheus/alertmanager');
  if (existsSync(join(usual, 'default.tmpl')) || !existsSync(join(beside, 'default.tmpl'))) return program;
  const own = join(scratch, 'tmpl');
  if (own.length > usual.length) throw new Error(`${own} is too long a path`);
  mkdirSync(own, { recursive: true });
  for (const name of ['default.tmpl', 'email.tmpl']) cpSync(join(beside, name), join(own, name));
  const copy = join(scratch, 'alertmanager');
  const text = readFileSync(program, 'latin1').replaceAll(usual, own.padEnd(usual.length, '/'));
  writeFileSync(copy, text, 'latin1');
  chmodSync(copy, 0o755);
  return copy;
};
