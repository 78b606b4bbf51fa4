/** One line of a rendered result. */
export interface Line {
  text: string;
  /** What has to stand above it to be understood, and is said again where a page begins with this line. */
  head?: string;
}
