; The installer for one person: no administrator, nothing outside their own folders. Made by build.sh.
;
;   setup.exe                 asks little and says what it does
;   setup.exe /S              without a word; 0 done, 2 not done, 5 the running desk did not end
;             /DESKTOP        with a shortcut on the desktop
;             /D=FOLDER       elsewhere (last, without quotes)
;   uninstall.exe /S          keeps the data
;             /REMOVEDATA     removes it

Unicode true
; The usual one is a 32-bit program, which not every 64-bit system runs.
Target amd64-unicode
SetCompressor /SOLID lzma
; The whole program at once: what repeats is found however far apart.
SetCompressorDictSize 32
ManifestDPIAware true
RequestExecutionLevel user

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include WordFunc.nsh
!include nsDialogs.nsh

!define NAME "Consult Desk"
!define PROGRAM "consult-desk.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\ConsultDesk"
!define SCHEME_KEY "Software\Classes\consultdesk"
; The name under which notifications are shown (src/platform/notify/mod.rs); Windows shows none under an unknown one.
!define NOTIFY_KEY "Software\Classes\AppUserModelId\io.github.consult_desk.ConsultDesk"
!define REPORTS_KEY "Software\Microsoft\Windows\Windows Error Reporting\ExcludedApplications"
; Where the program keeps things (src/platform/dirs.rs) and under which name its secret lies (src/platform/secrets.rs).
!define DATA "$LOCALAPPDATA\ConsultDesk"
!define SECRET "vault-key.Consult Desk"

!define NOT_DONE 2
!define STILL_OPEN 5
!define TENTHS 150 ; how long a running desk may take to end

Name "${NAME}"
BrandingText "${NAME} ${VERSION}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
VIProductVersion "${VERSION}.0"
VIAddVersionKey /LANG=1033 "ProductName" "${NAME}"
VIAddVersionKey /LANG=1033 "FileDescription" "${NAME} Setup"
VIAddVersionKey /LANG=1033 "FileVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "ProductVersion" "${VERSION}"
VIAddVersionKey /LANG=1033 "CompanyName" "The Consult Desk authors"
VIAddVersionKey /LANG=1033 "LegalCopyright" "Copyright The Consult Desk authors. MIT or Apache-2.0."

!define MUI_ICON "${ROOT}\assets\icon\consult-desk.ico"
!define MUI_UNICON "${ROOT}\assets\icon\consult-desk.ico"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${PANEL}"
!define MUI_WELCOMEPAGE_TITLE "Install ${NAME} ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "${NAME} shows and plays the consultations that your clinic recorded with NxVET.$\r$\n$\r$\nIt is installed for you alone; no administrator is needed. An older version is replaced, and everything you have in it stays.$\r$\n$\r$\nIf ${NAME} is open, it is closed when you go on."
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_COMPONENTSPAGE_TEXT_TOP "Choose what to set up, then install."
!define MUI_COMPONENTSPAGE_TEXT_COMPLIST "Set up:"
!define MUI_FINISHPAGE_TITLE "${NAME} is ready"
!define MUI_FINISHPAGE_TEXT "You find it in the Start menu."
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_RUN_TEXT "&Open ${NAME} now"
!define MUI_ABORTWARNING
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
UninstPage custom un.AskForData un.TakeAnswer
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var removesData
Var box

; ------------------------------------------------------------------------------------------------- a desk that is open

; Nobody ends it: its window is asked to close, as by a person, and given time; what it was saving is saved. One that
; stays is told about in words.
!macro CloseRunning UN
Function ${UN}CanReplace
    ; $0: whether the program's file may be written. Windows lets nobody write to a program that runs.
    StrCpy $0 1
    ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
        ClearErrors
        FileOpen $1 "$INSTDIR\${PROGRAM}" a
        ${If} ${Errors}
            StrCpy $0 0
        ${Else}
            FileClose $1
        ${EndIf}
    ${EndIf}
FunctionEnd

Function ${UN}CloseRunning
    Call ${UN}CanReplace
    ${If} $0 = 1
        Return
    ${EndIf}
    DetailPrint "Closing ${NAME}"
again:
    ; The toolkit's name for its windows, and the title.
    FindWindow $2 "Window Class" "${NAME}"
    ${If} $2 P<> 0
        System::Call 'user32::PostMessageW(p r2, i ${WM_CLOSE}, p 0, p 0)'
    ${EndIf}
    ${For} $3 1 ${TENTHS}
        Sleep 100
        Call ${UN}CanReplace
        ${If} $0 = 1
            Return
        ${EndIf}
    ${Next}
    IfSilent leave
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is still open, so it cannot be changed.$\r$\n$\r$\nClose its window, then choose Retry. If there is none, sign out of Windows and in again." IDRETRY again
leave:
    SetErrorLevel ${STILL_OPEN}
    Quit
FunctionEnd
!macroend
!insertmacro CloseRunning ""
!insertmacro CloseRunning "un."

; ------------------------------------------------------------------------------------------------------------- install

Section "${NAME}"
    SectionIn RO
    SetShellVarContext current
    Call CloseRunning
    SetOutPath "$INSTDIR"
    ; First beside the old one: a full disk or a power cut in between leaves the old one as it was.
    File "/oname=${PROGRAM}.new" "${EXE}"
    System::Call 'kernel32::MoveFileExW(w "$INSTDIR\${PROGRAM}.new", w "$INSTDIR\${PROGRAM}", i 9) i .r0'
    ${If} $0 = 0
        Delete "$INSTDIR\${PROGRAM}.new"
        SetErrorLevel ${NOT_DONE}
        Abort "The program could not be put in its place. Nothing was changed."
    ${EndIf}
    File "/oname=licence-MIT.txt" "${ROOT}\LICENSE-MIT"
    File "/oname=licence-Apache-2.0.txt" "${ROOT}\LICENSE-APACHE"
    File "/oname=licences-of-others.txt" "${ROOT}\assets\licences.txt"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}"
    Call Register
SectionEnd

Section /o "Shortcut on the desktop" onDesktop
    CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${PROGRAM}"
SectionEnd

Function Register
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The Consult Desk authors"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" $0
    WriteRegStr HKCU "${SCHEME_KEY}" "" "URL:${NAME}"
    WriteRegStr HKCU "${SCHEME_KEY}" "URL Protocol" ""
    WriteRegStr HKCU "${SCHEME_KEY}\DefaultIcon" "" '"$INSTDIR\${PROGRAM}",0'
    WriteRegStr HKCU "${SCHEME_KEY}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
    WriteRegStr HKCU "${NOTIFY_KEY}" "DisplayName" "${NAME}"
    ; No picture of the memory is made of a crash: consultations would be in it.
    WriteRegDWORD HKCU "${REPORTS_KEY}" "${PROGRAM}" 1
FunctionEnd

Function .onInit
    ${IfNot} ${AtLeastWin10}
        MessageBox MB_OK|MB_ICONSTOP "${NAME} needs Windows 10 or newer." /SD IDOK
        SetErrorLevel ${NOT_DONE}
        Quit
    ${EndIf}
    SetShellVarContext current
    ReadRegStr $0 HKCU "${UNINSTALL_KEY}" "DisplayVersion"
    ${If} $0 != ""
        ; The shortcut is as the person left it.
        ${If} ${FileExists} "$DESKTOP\${NAME}.lnk"
            !insertmacro SelectSection ${onDesktop}
        ${EndIf}
        ${VersionCompare} "$0" "${VERSION}" $1
        ${If} $1 = 1
            MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "A newer ${NAME} is installed ($0). An older one may not be able to open what it keeps.$\r$\n$\r$\nInstall ${VERSION} all the same?" /SD IDOK IDOK +3
            SetErrorLevel ${NOT_DONE}
            Quit
        ${EndIf}
    ${EndIf}
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/DESKTOP" $1
    ${IfNot} ${Errors}
        !insertmacro SelectSection ${onDesktop}
    ${EndIf}
FunctionEnd

; ----------------------------------------------------------------------------------------------------------- uninstall

Function un.onInit
    SetShellVarContext current
    StrCpy $removesData 0
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/REMOVEDATA" $1
    ${IfNot} ${Errors}
        StrCpy $removesData 1
    ${EndIf}
FunctionEnd

Function un.AskForData
    !insertmacro MUI_HEADER_TEXT "Remove ${NAME}" "The program is removed from this computer."
    nsDialogs::Create 1018
    Pop $0
    ${NSD_CreateLabel} 0 0 100% 30u "What ${NAME} keeps for you stays unless you say otherwise: installed again, it goes on where it was. NxVET keeps its own copies in any case."
    Pop $0
    ${NSD_CreateCheckbox} 0 40u 100% 12u "&Remove that as well"
    Pop $box
    ${If} $removesData = 1
        ${NSD_Check} $box
    ${EndIf}
    ${NSD_CreateLabel} 12u 54u -12u 40u "Stored consultations and recordings, your marks and remarks, the access key, the settings and the log. Marks and remarks are on this computer only and cannot be brought back."
    Pop $0
    nsDialogs::Show
FunctionEnd

Function un.TakeAnswer
    ${NSD_GetState} $box $removesData
FunctionEnd

Section "un.${NAME}"
    SetShellVarContext current
    Call un.CloseRunning
    Delete "$INSTDIR\${PROGRAM}"
    ${If} ${FileExists} "$INSTDIR\${PROGRAM}"
        SetErrorLevel ${NOT_DONE}
        Abort "The program could not be removed."
    ${EndIf}
    Delete "$INSTDIR\${PROGRAM}.new"
    Delete "$INSTDIR\licence-MIT.txt"
    Delete "$INSTDIR\licence-Apache-2.0.txt"
    Delete "$INSTDIR\licences-of-others.txt"
    Delete "$INSTDIR\uninstall.exe"
    ; Not what lies below: a person may have put something there.
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${NAME}.lnk"
    Delete "$DESKTOP\${NAME}.lnk"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    DeleteRegKey HKCU "${SCHEME_KEY}"
    DeleteRegKey HKCU "${NOTIFY_KEY}"
    DeleteRegValue HKCU "${REPORTS_KEY}" "${PROGRAM}"
    ${If} $removesData = 1
        Call un.RemoveData
    ${EndIf}
SectionEnd

; The secret first: without it all the rest is noise, however this ends.
Function un.RemoveData
    DetailPrint "Removing what ${NAME} kept"
    System::Call 'advapi32::CredDeleteW(w "${SECRET}", i 1, i 0)'
    RMDir /r "${DATA}"
    ${If} ${FileExists} "${DATA}\*.*"
        DetailPrint "Some files are still in ${DATA}. Remove them yourself."
        SetErrorLevel ${NOT_DONE}
    ${EndIf}
FunctionEnd
