/// Whether a value may be looked at, given what its scope lost on the way.
enum Admission: Hashable {
    case admitted
    /// Only if the destination knows no variable of this name yet.
    case onlyIfNameIsNew
    case skipped(ScopeDimension)
    case excludedChannel
    case failed(ScopeDimension)
}

extension VariableRules {
    /// Step 2 of the matching: every dimension that lost something has to admit the value. An error outweighs a skip.
    func admission(of mapped: MappedScope) -> Admission {
        var result = Admission.admitted
        for (dimension, scopeClass) in mapped.mismatches {
            switch strategy(for: dimension) {
            case .errorUnlessExactMatch: return .failed(dimension)
            case .errorUnlessPartialMatch where scopeClass == .stripped: return .failed(dimension)
            case .skipUnlessExactMatch: result = .skipped(dimension)
            case .skipUnlessPartialMatch where scopeClass == .stripped: result = .skipped(dimension)
            case .ignoreMismatchOnNewLeaveExistingAlone where result == .admitted: result = .onlyIfNameIsNew
            default: break
            }
        }
        if mapped.onlyExcludedChannels, onExcludedChannel == .exclude, !result.isSkipped { return .excludedChannel }
        return result
    }
}

extension Admission {
    var isSkipped: Bool {
        if case .skipped = self { true } else { false }
    }
}
