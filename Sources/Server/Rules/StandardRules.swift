/// The rules of all kinds that have any.
enum StandardRules {
    static let all: [any ResourceRules] = []
}
