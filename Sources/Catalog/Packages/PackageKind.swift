extension KindName {
    /// Packages of the built-in feed. They are no documents: a file, its id and its version.
    public static let packages: KindName = "packages"
}
