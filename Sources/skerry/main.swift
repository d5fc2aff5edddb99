import ArgumentParser
import AsyncHTTPClient
import GRDB
import Hummingbird
import HummingbirdTLS
import Yams
import Subprocess
import CryptoExtras
print("hi")
