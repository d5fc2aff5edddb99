import APIClient
import Foundation

/// Which build of the program this is: what another one concluded is not relied on.
enum ProgramBuild {
    /// The version, and the size and time of the program's own file where the system shows it.
    static let mark: String = {
        let path = Bundle.main.executablePath ?? CommandLine.arguments.first ?? ""
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes?[.size] as? NSNumber)?.intValue ?? 0
        let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(RequestOrigin.version)/\(size)/\(time)"
    }()
}
