import { describe, expect, test } from 'vitest';
import { teamWord, type Known, type TeamWord } from './team-words.ts';

const known: Known = {
  components: ['database', 'network', 'web-server'],
  causes: ['database/connection-limit-too-low', 'network/ddos'],
  roles: ['dba', 'manager'],
  alerts: ['ShopErrorRateHigh'],
  steps: ['raise-the-limit'],
};
const say = (said: TeamWord, given: Partial<Known> = {}) => teamWord(said, { ...known, ...given }, 'primary');
const by = 'primary';

describe('what is said', () => {
  test.each<[TeamWord, object]>([
    [{ do: 'acknowledge' }, { type: 'team.acknowledged', by, alert: null }],
    [
      { do: 'acknowledge', alert: 'shoperrorratehigh' },
      { type: 'team.acknowledged', by, alert: 'ShopErrorRateHigh' },
    ],
    [
      { do: 'focus', component: 'Database' },
      { type: 'team.focused', by, component: 'database' },
    ],
    [
      { do: 'hypothesise', cause: 'network/ddos', status: 'ruled-out', because: 'few addresses' },
      { type: 'team.hypothesised', by, cause: 'network/ddos', status: 'ruled-out', because: 'few addresses' },
    ],
    [
      { do: 'declareSeverity', severity: 'SEV-2' },
      { type: 'team.severityDeclared', by, severity: 'SEV-2' },
    ],
    [
      { do: 'nameLead', lead: 'me' },
      { type: 'team.leadNamed', by, lead: by },
    ],
    [
      { do: 'escalate', to: 'dba' },
      { type: 'team.escalated', by, to: 'dba', reason: null },
    ],
    [
      { do: 'update', text: 'we look' },
      { type: 'team.updated', by, text: 'we look' },
    ],
    [
      { do: 'note', text: 'odd' },
      { type: 'team.noted', by, text: 'odd' },
    ],
    [
      { do: 'rateStep', step: 'raise-the-limit', helpful: true },
      { type: 'team.rated', by, step: 'raise-the-limit', helpful: true },
    ],
    [
      { do: 'claim', claim: 'resolved' },
      { type: 'team.claimed', by, claim: 'resolved' },
    ],
  ])('%j becomes one event', (said, fact) => {
    expect(say(said)).toMatchObject({ ok: true, fact });
  });

  test('is refused with the nearest name where it names nothing there is', () => {
    expect(say({ do: 'focus', component: 'databse' })).toEqual({
      ok: false,
      problem: '"databse" is no component',
      hint: 'did you mean "database"?',
    });
    expect(say({ do: 'escalate', to: 'everybody' })).toMatchObject({ hint: 'use one of: dba, manager' });
    expect(say({ do: 'acknowledge', alert: 'ShopErorRateHigh' })).toMatchObject({
      hint: 'did you mean "ShopErrorRateHigh"?',
    });
  });

  test('cannot be about an alert or a step that has not come yet', () => {
    expect(say({ do: 'acknowledge' }, { alerts: [] })).toMatchObject({ ok: false, problem: 'no alert has come yet' });
    expect(say({ do: 'rateStep', step: 'x', helpful: true }, { steps: [] })).toMatchObject({
      problem: 'no step was run yet',
    });
  });
});
