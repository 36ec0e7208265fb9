/** What a workload needs of a database, whichever it is and however it is spoken to. */

export interface Found {
  readonly key: string;
  readonly value: Uint8Array;
}

/** Every promise rejects where the server answers with an error. */
export interface Database {
  /** Undefined: there is no such record. */
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, record: Buffer): Promise<void>;
  /** At most so many records from this key on, in the order of keys. Absent: the client has no such call. */
  readonly scan?: (key: string, limit: number) => Promise<readonly Found[]>;
  /**
   * Reads a record, has another made of it, and writes that if the record is still the same. "changed": it was not, and
   * nothing was written.
   */
  readModifyWrite(
    key: string,
    modify: (record: Uint8Array | undefined) => Buffer,
  ): Promise<Outcome>;
  close(): Promise<void>;
}

export type Outcome = "written" | "changed";
