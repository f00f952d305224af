/** Between two heartbeats of the conductor, and between two looks of the watchdog. */
export const heartbeatMs = 500;
