/** In what the versions of Alertmanager differ that teams run. */

export type Version = '0.25' | '0.33';

export type Traits = {
  /** As it calls itself. */
  readonly version: string;
  /** `group_by: []` means as the parent does; later it means one group for everything. */
  readonly emptyGroupByInherits: boolean;
  /** A group without alerts goes on ticking until it is swept up, so that an alert which fires again waits for its tick. */
  readonly keepsEmptyGroups: boolean;
  /** An alert that has waited for `group_wait` elsewhere hurries a group that exists already, not only one that it begins. */
  readonly lateArrivalHurries: boolean;
  /** `notification_reason` in webhooks. */
  readonly saysReason: boolean;
  /** PagerDuty's details hold the alerts as JSON; before, as text. */
  readonly detailsAreJson: boolean;
};

export const versions: Readonly<Record<Version, Traits>> = {
  '0.25': {
    version: '0.25.0',
    emptyGroupByInherits: true,
    keepsEmptyGroups: true,
    lateArrivalHurries: true,
    saysReason: false,
    detailsAreJson: false,
  },
  '0.33': {
    version: '0.33.1',
    emptyGroupByInherits: false,
    keepsEmptyGroups: false,
    lateArrivalHurries: false,
    saysReason: true,
    detailsAreJson: true,
  },
};
