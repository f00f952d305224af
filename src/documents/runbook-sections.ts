/** The headings of depth 2 that a runbook is made of, under the names that teams give them. */
import type { Section } from './runbook.ts';

/** Steps run in order in these, and never in order in `rollback`. */
export const orderedSections = [
  'prerequisites',
  'diagnosis',
  'mitigation',
  'verification',
] as const satisfies readonly Section[];

/** Where a step may only look. */
export const readingSections: readonly Section[] = ['prerequisites', 'diagnosis', 'verification'];

const byName: ReadonlyMap<string, Section> = new Map(
  (
    [
      ['meaning', 'meaning, description, summary, symptoms, reason, understanding the alert'],
      ['impact', 'impact'],
      ['prerequisites', 'prerequisites, prechecks, before you start, required access'],
      ['diagnosis', 'diagnosis, troubleshooting, troubleshoot, possible checks, steps to check, possible causes'],
      ['diagnosis', 'troubleshooting pointers'],
      ['mitigation', 'mitigation, resolution, fix, recommended actions, potential resolution steps, what to do'],
      ['mitigation', 'recovery procedures'],
      ['verification', 'verification, post checks, verify, recovery definition'],
      ['rollback', 'rollback, undo, revert, rollback of a replacement'],
      ['escalation', 'escalation, when to escalate, contacts'],
    ] as const satisfies readonly (readonly [Section, string])[]
  ).flatMap(([section, titles]) => titles.split(', ').map((title) => [title, section] as const)),
);

/** Case, spaces and a trailing colon do not matter; a heading nobody knows is prose. */
export const sectionOf = (title: string): Section =>
  byName.get(title.trim().replace(/\s*:$/, '').replaceAll(/\s+/g, ' ').toLowerCase()) ?? 'other';
