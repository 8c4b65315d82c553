/** Whether a server's version, such as `2.9.10`, is at least another. One that cannot be read is taken for an old one. */
export function isAtLeast(version: string | undefined, wanted: string): boolean {
  const [major = 0, minor = 0, patch = 0] = parts(version ?? '');
  const [wantedMajor = 0, wantedMinor = 0, wantedPatch = 0] = parts(wanted);
  if (major !== wantedMajor) return major > wantedMajor;
  return minor !== wantedMinor ? minor > wantedMinor : patch >= wantedPatch;
}

function parts(version: string): number[] {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? match.slice(1).map(Number) : [];
}
