/** A file of a package, by the address at which the site has it. */
declare module '*?url' {
  const address: string
  export default address
}
