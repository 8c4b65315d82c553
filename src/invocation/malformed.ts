/** Why what a function returned is no response. */
export class Malformed {
  constructor(readonly message: string) {}
}
