"""Every name that the host offers beyond Qt's own and the MRML core, and where Slicer or CTK declares it.

The host must not invent any: what the module uses here has to be there in Slicer too. A test compares this table with
what the host offers, so that a new name has to be looked up and entered. What PythonQt gives to every object
(`connect`, `className` ...) is not listed.
"""

from __future__ import annotations

_DECLARED: dict[str, dict[str, str]] = {
    "CTK: Libs/Widgets/ctkCollapsibleButton.h": {
        "ctk.ctkCollapsibleButton": "collapsed contentsCollapsed",
    },
    "CTK: Libs/Widgets/ctkMessageBox.h": {
        "ctk.ctkMessageBox": "dontShowAgain setDontShowAgain dontShowAgainVisible dontShowAgainSettingsKey",
    },
    "CTK: Libs/Widgets/ctkSliderWidget.h": {
        "ctk.ctkSliderWidget": "value setValue valueChanged minimum maximum singleStep pageStep decimals setDecimals "
        "prefix suffix",
    },
    "Slicer: Libs/MRML/Widgets/qMRMLNodeComboBox.h": {
        "slicer.qMRMLNodeComboBox": "mrmlScene setMRMLScene currentNode setCurrentNode currentNodeChanged "
        "currentNodeID setCurrentNodeID currentNodeIDChanged nodeCount nodeTypes showChildNodeTypes showHidden "
        "noneEnabled noneDisplay addEnabled removeEnabled selectNodeUponCreation",
    },
    "Slicer: Libs/MRML/Widgets/qMRMLWidget.h": {
        "slicer.qMRMLWidget": "mrmlScene setMRMLScene mrmlSceneChanged",
    },
    "Slicer: Libs/MRML/Widgets/qMRMLLayoutManager.h": {
        "slicer.qMRMLLayoutManager": "sliceViewNames sliceWidget resetSliceViews",
    },
    "Slicer: Libs/MRML/Widgets/qMRMLSliceWidget.h": {
        "slicer.qMRMLSliceWidget": "sliceLogic mrmlSliceNode mrmlSliceCompositeNode",
    },
    "Slicer: Base/QTCore/qSlicerCoreApplication.h": {
        "slicer.app": "mrmlScene applicationLogic moduleManager coreIOManager",
    },
    "Slicer: Base/QTCore/qSlicerBaseQTCorePythonQtDecorators.h": {
        "slicer.app": "testingEnabled",
    },
    "Slicer: Base/QTGUI/qSlicerApplication.h": {
        "slicer.app": "layoutManager startupCompleted",
    },
    "Slicer: Base/QTCore/qSlicerModuleManager.h": {
        "slicer.qSlicerModuleManager": "module moduleAboutToBeUnloaded",
    },
    "Slicer: Base/QTCore/qSlicerCoreIOManager.h": {
        "slicer.qSlicerCoreIOManager": "loadNodes saveNodes",
    },
    "Slicer: Base/QTCore/qSlicerAbstractCoreModule.h": {
        "slicer.qSlicerScriptedLoadableModule": "name path",
    },
    "Slicer: Base/QTGUI/qSlicerBaseQTGUIPythonQtDecorators.h": {
        "slicer.qSlicerScriptedLoadableModule": "widgetRepresentation",
    },
    "Slicer: Base/QTGUI/qSlicerScriptedLoadableModule.h": {
        "slicer.qSlicerScriptedLoadableModule": "title categories contributors dependencies helpText "
        "acknowledgementText icon",
    },
    "Slicer: Base/QTGUI/qSlicerWidget.h": {
        "slicer.qSlicerScriptedLoadableModuleWidget": "setMRMLScene mrmlSceneChanged",
    },
    "Slicer: Base/QTGUI/qSlicerAbstractModuleWidget.h": {
        "slicer.qSlicerScriptedLoadableModuleWidget": "isEntered",
    },
    "Slicer: Base/QTGUI/qSlicerScriptedLoadableModuleWidget.h": {
        "slicer.qSlicerScriptedLoadableModuleWidget": "self reload",
    },
    "Slicer: SuperBuild/External_CTK.cmake": {
        # Where Slicer has Qt's UiTools, which PyQt5 lacks, wrapped for Python.
        "qt.QUiLoader": "load",
    },
    "Slicer: Base/Python/slicerqt.py": {
        "slicer": "app mrmlScene",
        "qt.QTimer": "singleShot",
    },
    "Slicer: Base/Python/slicer/__init__.py": {
        "slicer": "modules",
    },
    "Slicer: Base/Python/slicer/ScriptedLoadableModule.py": {
        "slicer": "selfTests",
        "slicer.ScriptedLoadableModule.ScriptedLoadableModule": "moduleName parent runTest",
        "slicer.ScriptedLoadableModule.ScriptedLoadableModuleWidget": "moduleName parent layout developerMode setup "
        "setupDeveloperSection reloadCollapsibleButton reloadButton onReload resourcePath cleanup",
        "slicer.ScriptedLoadableModule.ScriptedLoadableModuleLogic": "moduleName isSingletonParameterNode "
        "getParameterNode getAllParameterNodes createParameterNode",
        "slicer.ScriptedLoadableModule.ScriptedLoadableModuleTest": "messageDelay delayDisplay setUp runTest",
    },
    "Slicer: Base/Python/slicer/parameterNodeWrapper/wrapper.py": {
        "slicer.parameterNodeWrapper.parameterNodeWrapper": "parameterNode connectGui connectParametersToGui "
        "disconnectGui AddObserver RemoveObserver StartModify EndModify Modified",
    },
    "Slicer: Base/Python/slicer/parameterNodeWrapper/validators.py": {
        "slicer.parameterNodeWrapper.WithinRange": "minimum maximum validate",
    },
    "Slicer: Base/Python/slicer/i18n.py": {
        "slicer.i18n": "tr translate",
    },
    "Slicer: Base/Python/slicer/packaging.py": {
        "slicer.packaging": "pip_ensure",
    },
    "Slicer: Modules/Scripted/SampleData/SampleData.py": {
        "SampleData.SampleDataLogic": "registerCustomSampleDataCategory registerCustomSampleDataSource "
        "sampleDataSourcesByCategory categoryTitle",
        "SampleData.SampleDataSource": "sampleName sampleDescription uris fileNames nodeNames checksums loadFiles "
        "customDownloader thumbnailFileName loadFileTypes loadFileProperties",
        "slicer.modules": "sampleDataSources sampleDataSourceCategories",
    },
}

NAMES: dict[str, str] = {
    name: path
    for path, owners in _DECLARED.items()
    for owner, members in owners.items()
    for name in (owner, *(f"{owner}.{member}" for member in members.split()))
}
"""By its dotted name, as Python code in Slicer would write it; what belongs to an object, by the object's class."""
