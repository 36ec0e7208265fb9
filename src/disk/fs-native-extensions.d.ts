/** The one call that we use of fs-native-extensions, which ships no types. */
declare module "fs-native-extensions" {
  const locks: {
    /** Takes an exclusive open file description lock on the whole file; false: another holds it. */
    tryLock(descriptor: number): boolean;
  };
  export default locks;
}
