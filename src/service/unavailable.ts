/** Why a request is not answered though there may be nothing wrong with it: as HTTP's codes have it, and 499 where whoever asked has gone. */
export type UnavailableStatus = 429 | 499 | 503 | 504;

export class Unavailable extends Error {
  readonly status: UnavailableStatus;
  /** seconds after which it may be asked again */
  readonly retryAfter?: number;

  constructor(status: UnavailableStatus, sentence: string, retryAfter?: number) {
    super(sentence);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}
