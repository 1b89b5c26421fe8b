/** A file of previews, which nothing reads that is there to send mails. */
export const PREVIEW = /\.preview\.[cm]?[jt]s$/;
