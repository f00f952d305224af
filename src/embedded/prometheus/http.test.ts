import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the stand-in brings no second HTTP client along', () => {
  const program = `
    await import(${JSON.stringify(new URL('./prometheus.ts', import.meta.url).href)});
    console.log(process.moduleLoadList.some((name) => name.endsWith(' http')));
    console.log(process.moduleLoadList.filter((name) => /undici|http2|tls/.test(name)).join());`;
  const told = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  expect(told).toBe('true\n\n');
});
