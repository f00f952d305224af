import { beforeAll, describe, expect, test } from 'vitest';
import { shellJudgement } from './shell-danger.ts';
import { loadSqlParser, readSql } from './sql-danger.ts';

beforeAll(loadSqlParser);

const sqlDanger = (text: string): string => {
  const read = readSql(text);
  return read.ok ? read.judgement.danger : read.message;
};

describe('SQL', () => {
  test.each([
    ['select count(*) from pg_stat_activity where state = $$idle$$', 'read'],
    ["select current_setting('max_connections')::int, pg_size_pretty(pg_database_size(current_database()))", 'read'],
    ['select pg_catalog.now() - state_change from pg_stat_activity', 'read'],
    ['show max_connections', 'read'],
    ['explain delete from a', 'read'],
    ['with x as (select 1) select * from x union all values (2)', 'read'],
    ['explain analyze delete from a where b = 1', 'write'],
    ['alter system set max_connections = 60', 'write'],
    ['alter role shop set work_mem = 1', 'write'],
    ['alter role shop connection limit 5', 'write'],
    ['insert into a values (1)', 'write'],
    ['delete from a where b = 1', 'write'],
    ['with x as (delete from a where b returning 1) select * from x', 'write'],
    ['select pg_reload_conf()', 'write'],
    ['select 1 where pg_try_advisory_lock(1)', 'write'],
    ["select set_config('work_mem', '1', false)", 'write'],
    ["select nextval('s')", 'write'],
    ['select public.now()', 'write'],
    ['select our_own()', 'write'],
    ['select * from our_own()', 'write'],
    ['select 1 into b', 'write'],
    ['select * from a for update', 'write'],
    ['set work_mem = 1', 'write'],
    ['begin', 'write'],
    ['do $$ begin end $$', 'write'],
    ['call p()', 'write'],
    ['vacuum t', 'write'],
    ['reindex table concurrently t', 'write'],
    ['select pg_cancel_backend(1)', 'write'],
    ['select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()', 'write'],
    ['select pg_terminate_backend(pid) from pg_stat_activity', 'destroy'],
    ["select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle'", 'destroy'],
    ['delete from a', 'destroy'],
    ['update a set b = 1', 'destroy'],
    ['truncate a', 'destroy'],
    ['drop table a', 'destroy'],
    ['drop role a', 'destroy'],
    ['alter table a drop column b', 'destroy'],
    ["copy a to program 'cat'", 'destroy'],
    ['vacuum full t', 'destroy'],
    ['reindex table t', 'destroy'],
    ['select 1; drop table a', 'destroy'],
  ])('%s is %s', (text, danger) => {
    expect(sqlDanger(text)).toBe(danger);
  });

  test('is split into statements, whatever alphabet its comments are in', () => {
    const read = readSql("-- größer; ü\nselect 'é;é';\n alter system set a = 1 -- end\n;");
    expect(read.ok ? read.statements : []).toEqual(["select 'é;é'", 'alter system set a = 1 -- end']);
  });

  test('that does not parse is refused with its position', () => {
    expect(readSql('select 1;\nselec 2')).toEqual({
      ok: false,
      message: 'syntax error at or near "selec"',
      offset: 10,
    });
    expect(readSql("select 'é';\nselec 2")).toMatchObject({ ok: false, offset: 12 });
    expect(readSql(' -- nothing')).toMatchObject({ ok: false, message: 'there is no statement, only comments' });
  });
});

describe('a shell text', () => {
  test.each([
    ["grep -c 'refused|closed' access.log || true", 'read'],
    ['curl -fsS --max-time 5 "$SHOP_URL/health" | grep ok', 'read'],
    ['curl -X GET http://shop/', 'read'],
    ['cat a.log 2>/dev/null | head -5 # look', 'read'],
    ['kubectl get pods', 'read'],
    ["psql -XAtc 'select 1'", 'read'],
    ["psql -c 'select pg_reload_conf()'", 'write'],
    ["psql -c 'truncate a'", 'destroy'],
    ['psql -f fix.sql', 'write'],
    ['curl -X POST http://shop/', 'write'],
    ['curl -d x http://shop/', 'write'],
    ['curl -o file http://shop/', 'write'],
    ['echo x > file', 'write'],
    ['cat $(rm -rf x)', 'write'],
    ['echo "`rm x`"', 'write'],
    ['PATH=. cat x', 'write'],
    ['deploy now', 'write'],
    ['gameday env configure service pool.max=10', 'write'],
    ['gameday env restart postgres', 'restart'],
    ['echo ok\ngameday env restart service', 'restart'],
    ['systemctl restart postgresql', 'restart'],
    ['true && rm -rf x', 'destroy'],
    ['kill -9 1', 'destroy'],
    ['kubectl delete pod x', 'destroy'],
  ])('%s is %s', (text, danger) => {
    expect(shellJudgement(text).danger).toBe(danger);
  });
});
