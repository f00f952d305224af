/** A clock reading or a length of time as the screen writes it: `0:07`, `12:40`, `1:02:03`, `-0:31`. */
export const clockWords = (durationMs: number): string => {
  const whole = Math.floor(Math.abs(durationMs) / 1_000);
  const seconds = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3_600);
  const sign = durationMs <= -1_000 ? '-' : '';
  return hours === 0
    ? `${sign}${minutes}:${seconds}`
    : `${sign}${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
};
