extension Shape {
    /// How long releases, files or runs are kept. Older clients send no `Strategy`: it follows from the quantity.
    ///
    /// Source: sections 2.11 and 21 of the REST contract.
    static let retention = retentionFields(quantity: 0).concluding { object in
        concludeRetention(&object) { _, _ in false }
    }

    /// Runs of runbooks: 100 of them are kept by default.
    static let runRetention = retentionFields(quantity: 100).concluding { object in
        concludeRetention(&object) { quantity, unit in quantity == 100 && unit == "Items" }
    }

    private static func retentionFields(quantity: Int) -> Shape {
        Shape([
            Field("Strategy", .choice(["Default", "Forever", "Count"])),
            Field("Unit", .choice(["Items", "Days"])),
            Field("QuantityToKeep", .count).defaulting(to: .int(quantity)),
            Field("ShouldKeepForever", .bool).defaulting(to: .bool(quantity == 0)),
        ])
    }

    private static func concludeRetention(
        _ object: inout JSONObject,
        isDefault: (_ quantity: Int, _ unit: String) -> Bool
    ) {
        if object["Strategy"]?.stringValue == nil {
            let quantity = object["QuantityToKeep"]?.intValue
            let isForever = object["ShouldKeepForever"]?.boolValue
            object["Strategy"] =
                if quantity == nil, isForever == nil {
                    "Default"
                } else if isForever == true || (quantity ?? 0) == 0 {
                    "Forever"
                } else if isDefault(quantity ?? 0, object["Unit"]?.stringValue ?? "Items") {
                    "Default"
                } else {
                    "Count"
                }
        }
        if object["ShouldKeepForever"]?.boolValue == nil {
            switch object["Strategy"]?.stringValue?.lowercased() {
            case "count": object["ShouldKeepForever"] = false
            case "forever": object["ShouldKeepForever"] = true
            default: break
            }
        }
    }
}
