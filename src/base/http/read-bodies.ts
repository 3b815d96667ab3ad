/** Bodies that were read, by the requests that have them now. To send bytes costs less than to send a stream. */
export const readBodies = new WeakMap<Request, Uint8Array<ArrayBuffer>>();
