# Collects what a node loses when it stops, on Windows Server as EKS optimises it. ASCII alone: Windows PowerShell 5.1 reads
# this file in the machine's own code page.
#
# Nothing in this file comes from an event. The variables below are set in front of it, each quoted by the task:
#   $PUT_<KIND>    a URL that takes one object, once, and lets nobody read: no credential comes onto the host
#   $SECONDS_MOST  what all of it may take
#   $SUSPECT_PIDS  process ids, separated by spaces
#   $SUSPECT_PODS  <namespace>_<pod>, separated by spaces
# It changes nothing on the host but a folder of its own, which it removes. What it prints is what was kept, with its SHA-256.
$ErrorActionPreference = 'Continue'
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

$work = Join-Path $env:SystemRoot ('Temp\eks-incident-response-' + [guid]::NewGuid())
New-Item -ItemType Directory -Path $work -ErrorAction Stop | Out-Null
# For the system and administrators alone, by their identifiers: their names differ between languages.
& icacls.exe $work /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null

# All of it ends before the agent would kill it, which would leave the folder behind.
$end = [DateTime]::UtcNow.AddSeconds([int] $SECONDS_MOST)

function Keep([string] $Kind, [string] $Url, [scriptblock[]] $Collect) {
  $file = Join-Path $work $Kind
  & {
    [DateTime]::UtcNow.ToString('o')
    foreach ($look in $Collect) {
      if ([DateTime]::UtcNow -ge $end) { 'there was no time for the rest'; break }
      # Each by itself: what ends one, such as a program that is not there, costs nothing of the others.
      try { & $look 2>&1 | Out-String -Width 4096 }
      catch { $_ | Out-String }
    }
  } | Set-Content -LiteralPath $file -Encoding UTF8
  try {
    $left = [int] ($end - [DateTime]::UtcNow).TotalSeconds
    if ($left -le 0) { throw 'there is no time left' }
    $bytes = [IO.File]::ReadAllBytes($file)
    $digest = [Convert]::ToBase64String([Security.Cryptography.MD5]::Create().ComputeHash($bytes))
    # Object Lock asks for the digest; If-None-Match makes the URL good for one object only.
    Invoke-WebRequest -UseBasicParsing -Method Put -Uri $Url -InFile $file -TimeoutSec ([Math]::Min(60, $left)) `
      -Headers @{ 'Content-MD5' = $digest; 'If-None-Match' = '*' } | Out-Null
    $said = 'kept {0} {1}' -f $Kind, (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash.ToLowerInvariant()
  }
  catch { $said = 'lost {0}' -f $Kind }
  # Not by the pipeline, which would break lines at the width of a console that nobody sees.
  [Console]::Out.WriteLine($said)
}

try {
  Keep 'processes' $PUT_PROCESSES {
    Get-CimInstance Win32_Process -OperationTimeoutSec 20 | Sort-Object ProcessId |
      Format-List ProcessId, ParentProcessId, Name, CreationDate, ExecutablePath, CommandLine
  }

  Keep 'sockets' $PUT_SOCKETS {
    Get-NetTCPConnection | Sort-Object State, LocalPort |
      Format-Table -AutoSize State, LocalAddress, LocalPort, RemoteAddress, RemotePort, OwningProcess, CreationTime
  }, {
    Get-NetUDPEndpoint | Sort-Object LocalPort | Format-Table -AutoSize LocalAddress, LocalPort, OwningProcess
  }

  Keep 'network' $PUT_NETWORK {
    & ipconfig.exe /all
  }, {
    Get-NetRoute | Format-Table -AutoSize DestinationPrefix, NextHop, RouteMetric, InterfaceAlias
  }, {
    Get-NetNeighbor | Format-Table -AutoSize IPAddress, LinkLayerAddress, State, InterfaceAlias
  }, {
    Get-DnsClientCache | Format-Table -AutoSize Entry, Type, Data
  }

  Keep 'kernel' $PUT_KERNEL {
    Get-CimInstance Win32_OperatingSystem -OperationTimeoutSec 20 |
      Format-List Caption, Version, BuildNumber, LastBootUpTime, LocalDateTime
  }, {
    Get-CimInstance Win32_SystemDriver -OperationTimeoutSec 20 | Format-List Name, State, StartMode, PathName
  }, {
    Get-Volume | Format-Table -AutoSize DriveLetter, FileSystemLabel, FileSystem, Size, SizeRemaining
  }

  Keep 'services' $PUT_SERVICES {
    Get-CimInstance Win32_Service -OperationTimeoutSec 20 |
      Format-List Name, State, StartMode, StartName, ProcessId, PathName
  }, {
    Get-ScheduledTask | Where-Object State -ne 'Disabled' | ForEach-Object {
      '{0}{1} [{2}] {3}' -f $_.TaskPath, $_.TaskName, $_.State, (($_.Actions | ForEach-Object { "$($_.Execute) $($_.Arguments)" }) -join '; ')
    }
  }

  Keep 'logins' $PUT_LOGINS {
    & query.exe user
  }, {
    Get-LocalUser | Format-Table -AutoSize Name, Enabled, LastLogon, PasswordLastSet, SID
  }, {
    Get-LocalGroupMember -SID S-1-5-32-544 | Format-Table -AutoSize Name, ObjectClass, PrincipalSource
  }, {
    Get-WinEvent -FilterHashtable @{ LogName = 'Security'; Id = 4624, 4625, 4672, 4720 } -MaxEvents 500 |
      Format-Table -Wrap TimeCreated, Id, Message
  }

  Keep 'containers' $PUT_CONTAINERS {
    $ctr = Join-Path $env:ProgramFiles 'containerd\ctr.exe'
    & $ctr -n k8s.io containers ls
    & $ctr -n k8s.io tasks ls
    & $ctr -n k8s.io images ls
  }

  Keep 'kubelet' $PUT_KUBELET {
    # Where EKS's images of Windows have kubelet, kube-proxy and containerd write.
    Get-WinEvent -FilterHashtable @{ LogName = 'EKS'; StartTime = (Get-Date).AddHours(-6) } -MaxEvents 5000 |
      Format-Table -Wrap TimeCreated, ProviderName, Message
  }, {
    Get-ChildItem -Path (Join-Path $env:ProgramData 'kubernetes\logs\*.log') -File | ForEach-Object {
      "== $($_.FullName)"
      Get-Content -LiteralPath $_.FullName -Tail 5000
    }
  }

  Keep 'suspect-logs' $PUT_SUSPECT_LOGS {
    foreach ($pod in ($SUSPECT_PODS -split ' ' -ne '')) {
      Get-ChildItem -Path (Join-Path $env:SystemDrive '\var\log\pods') -Directory |
        Where-Object { $_.Name.StartsWith("${pod}_", [StringComparison]::Ordinal) } |
        Get-ChildItem -Recurse -File -Filter *.log | ForEach-Object {
          "== $($_.FullName)"
          Get-Content -LiteralPath $_.FullName -Tail 20000
        }
    }
  }

  Keep 'suspect-processes' $PUT_SUSPECT_PROCESSES {
    foreach ($id in ($SUSPECT_PIDS -split ' ' -ne '')) {
      "== $id"
      try {
        $process = Get-Process -Id ([int] $id) -IncludeUserName
        $process | Format-List Id, ProcessName, UserName, StartTime, Path, HandleCount
        if ($process.Path) { Get-FileHash -LiteralPath $process.Path -Algorithm SHA256 | Format-List }
        $process.Modules | Format-Table -AutoSize BaseAddress, ModuleMemorySize, FileName
      }
      # A protected process shows its modules to nobody, and one that has ended nothing.
      catch { $_ }
    }
  }
}
finally { Remove-Item -LiteralPath $work -Recurse -Force }
